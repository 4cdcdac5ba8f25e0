// New blocks, with first words in the letter's language, and what each type is called and looks like.
import { newID, richText, type Block, type Rich } from "./document";
import { props, t } from "./props";
import { toLine } from "./line";

export interface Kind { type: string; icon: string; name: () => string }
export interface Group { name: () => string; kinds: Kind[] }

export const groups: Group[] = [
  { name: () => t("Words and pictures"), kinds: [
    { type: "heading", icon: "heading", name: () => t("Heading") },
    { type: "text", icon: "text", name: () => t("Text") },
    { type: "image", icon: "image", name: () => t("Image") },
    { type: "button", icon: "rectangle-horizontal", name: () => t("Button") },
    { type: "article", icon: "newspaper", name: () => t("Article") },
  ] },
  { name: () => t("Ask and give"), kinds: [
    { type: "rating", icon: "star", name: () => t("Rating") },
    { type: "coupon", icon: "ticket", name: () => t("Coupon") },
    { type: "contest", icon: "trophy", name: () => t("Contest") },
  ] },
  { name: () => t("Layout"), kinds: [
    { type: "columns", icon: "columns-2", name: () => t("Columns") },
    { type: "divider", icon: "minus", name: () => t("Divider") },
    { type: "spacer", icon: "move-vertical", name: () => t("Space") },
  ] },
];

const footer: Kind = { type: "footer", icon: "panel-bottom", name: () => t("Footer") };
const unknown: Kind = { type: "", icon: "package", name: () => t("Not supported here") };

export function kindOf(type: string): Kind {
  return [...groups.flatMap((g) => g.kinds), footer].find((k) => k.type === type) ?? unknown;
}

// offered are the groups with the blocks that this campaign may use.
export function offered(): Group[] {
  const known = (k: Kind) => props.blocks.length === 0 || props.blocks.includes(k.type);
  return groups.map((g) => ({ ...g, kinds: g.kinds.filter(known) })).filter((g) => g.kinds.length > 0);
}

// The first words of a new block belong to the letter, so they follow its language, not the page's.
const words: Record<string, Record<string, string>> = {
  en: { heading: "Heading", text: "Write here.", button: "Read more", title: "Title", question: "How was it?", low: "Poor", high: "Excellent",
    coupon: "A gift for you", redeem: "Use it now", contest: "Win with us", enter: "Enter", rules: "Rules",
    why: "You receive this letter because you asked for it.", unsubscribe: "Unsubscribe", preferences: "Preferences", view: "View in browser" },
  bg: { heading: "Заглавие", text: "Пишете тук.", button: "Прочетете повече", title: "Заглавие", question: "Как беше?", low: "Лошо", high: "Отлично",
    coupon: "Подарък за вас", redeem: "Използвайте го", contest: "Спечелете с нас", enter: "Участвам", rules: "Правила",
    why: "Получавате това писмо, защото сте го пожелали.", unsubscribe: "Отписване", preferences: "Предпочитания", view: "Преглед в браузъра" },
  ru: { heading: "Заголовок", text: "Пишите здесь.", button: "Читать дальше", title: "Заголовок", question: "Как всё прошло?", low: "Плохо", high: "Отлично",
    coupon: "Подарок для вас", redeem: "Использовать", contest: "Выиграйте с нами", enter: "Участвовать", rules: "Правила",
    why: "Вы получаете это письмо, потому что подписались.", unsubscribe: "Отписаться", preferences: "Настройки", view: "Открыть в браузере" },
};

function said(key: string): string {
  return (words[props.lang] ?? words.en!)[key]!;
}

const paragraph = (text: string): Rich => ({ type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text }] }] });

const fields: Record<string, () => Record<string, unknown>> = {
  heading: () => ({ level: 2, rich: paragraph(said("heading")), size: 0 }),
  text: () => ({ rich: paragraph(said("text")), size: 0 }),
  image: () => ({ asset: "", alt: "", decorative: false, href: "", width: 0 }),
  button: () => ({ label: said("button"), action: "url", href: "", query: "", variant: "solid", full: false }),
  divider: () => ({ thickness: 1, color: "" }),
  spacer: () => ({ height: 24, phoneHeight: 16 }),
  columns: () => ({ layout: "50-50", stack: true, gap: 16, cols: [[blank("text")], [blank("text")]] }),
  article: () => ({ source: "manual", image: "", kicker: "", title: said("title"), excerpt: said("text"), href: "", cta: said("button"), layout: "card" }),
  rating: () => ({ question: said("question"), scale: "stars", low: said("low"), high: said("high") }),
  coupon: () => ({ title: said("coupon"), terms: "", cta: said("redeem") }),
  contest: () => ({ title: said("contest"), prize: "", cta: said("enter"), rulesLabel: said("rules") }),
  footer: () => ({ why: said("why"), address: "", unsubscribe: said("unsubscribe"), preferences: said("preferences"), view: said("view") }),
};

// blank is a new block of that type.
export function blank(type: string): Block {
  return { id: newID(), type, ...fields[type]?.() };
}

// describe names a block by its type and its first words: "Heading: Thank you".
export function describe(block: Block): string {
  const { rich, label, title, question, alt, why } = block as Record<string, unknown>;
  const line = [label, title, question, alt, why].find((x) => typeof x === "string" && x !== "") as string | undefined;
  const text = (rich ? richText(rich as Rich) : line ?? "").trim();
  const name = kindOf(block.type).name();
  return text ? `${name}: ${text.length > 60 ? text.slice(0, 59) + "…" : text}` : name;
}

// fieldText is a plain field as the document holds it; a rich one as a line.
export function fieldText(block: Block, field: string): string {
  return field === "rich" && block.rich ? toLine(block.rich) : String(block[field] ?? "");
}
