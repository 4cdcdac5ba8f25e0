// New blocks, and what each type is called and looks like.
import { newID, richText, type Block, type Rich } from "./document";
import { props, t } from "./props";
import { toLine } from "./line";
import { said } from "./words";

export interface Kind { type: string; icon: string; name: () => string }
export interface Group { name: () => string; kinds: Kind[] }

export const groups: Group[] = [
  { name: () => t("Words and pictures"), kinds: [
    { type: "heading", icon: "heading", name: () => t("Heading") },
    { type: "text", icon: "text", name: () => t("Text") },
    { type: "image", icon: "image", name: () => t("Image") },
    { type: "button", icon: "rectangle-horizontal", name: () => t("Button") },
    { type: "article", icon: "newspaper", name: () => t("Article") },
    { type: "event", icon: "calendar-days", name: () => t("Event") },
    { type: "quote", icon: "quote", name: () => t("Quote") },
    { type: "expert", icon: "message-circle-question-mark", name: () => t("Expert answer") },
    { type: "video", icon: "circle-play", name: () => t("Video") },
    { type: "season", icon: "sparkles", name: () => t("Seasonal banner") },
  ] },
  { name: () => t("Ask and give"), kinds: [
    { type: "rating", icon: "star", name: () => t("Rating") },
    { type: "poll", icon: "vote", name: () => t("Poll") },
    { type: "coupon", icon: "ticket", name: () => t("Coupon") },
    { type: "contest", icon: "trophy", name: () => t("Contest") },
    { type: "referral", icon: "share-2", name: () => t("Referral") },
    { type: "points", icon: "coins", name: () => t("Points") },
  ] },
  { name: () => t("Shop"), kinds: [
    { type: "products", icon: "shopping-bag", name: () => t("Products") },
  ] },
  { name: () => t("Layout"), kinds: [
    { type: "columns", icon: "columns-2", name: () => t("Columns") },
    { type: "divider", icon: "minus", name: () => t("Divider") },
    { type: "spacer", icon: "move-vertical", name: () => t("Space") },
    { type: "menu", icon: "menu", name: () => t("Menu") },
    { type: "social", icon: "at-sign", name: () => t("Social links") },
  ] },
  { name: () => t("Code"), kinds: [
    { type: "html", icon: "code", name: () => t("Own HTML") },
  ] },
];

const others: Kind[] = [
  { type: "footer", icon: "panel-bottom", name: () => t("Footer") },
  { type: "saved", icon: "bookmark", name: () => t("Saved block") },
];
const unknown: Kind = { type: "", icon: "package", name: () => t("Not supported here") };

export function kindOf(type: string): Kind {
  return [...groups.flatMap((g) => g.kinds), ...others].find((k) => k.type === type) ?? unknown;
}

// offered are the groups with the blocks that this campaign may use.
export function offered(): Group[] {
  const known = (k: Kind) => props.blocks.length === 0 || props.blocks.includes(k.type);
  return groups.map((g) => ({ ...g, kinds: g.kinds.filter(known) })).filter((g) => g.kinds.length > 0);
}

// gives says whether the campaign has something for its letters: "code", "order", "items", "share".
export function gives(what: string): boolean {
  return props.gives.includes(what);
}

const paragraph = (text: string): Rich => ({ type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text }] }] });
const own = (): string => String(props.values.find((v) => v.path === "shop.url")?.sample ?? "");

// soon is a time of day two weeks from now at the shop, as the browser's own inputs write it: "2026-12-31T18:00".
function soon(time: string): string {
  return `${new Intl.DateTimeFormat("sv", { timeZone: props.shopZone }).format(Date.now() + 14 * 86_400_000)}T${time}`;
}

const fields: Record<string, () => Record<string, unknown>> = {
  heading: () => ({ level: 2, rich: paragraph(said("heading")), size: 0 }),
  text: () => ({ rich: paragraph(said("text")), size: 0 }),
  image: () => ({ asset: "", alt: "", decorative: false, href: "", width: 0 }),
  button: () => ({ label: said("button"), action: "url", href: "", query: "", variant: "solid", full: false }),
  divider: () => ({ thickness: 1, color: "" }),
  spacer: () => ({ height: 24, phoneHeight: 16 }),
  columns: () => ({ layout: "50-50", stack: true, reverse: false, gap: 16, cols: [[blank("text")], [blank("text")]] }),
  article: () => ({ source: "manual", image: "", kicker: "", title: said("title"), excerpt: said("text"), href: "", cta: said("button"), layout: "card" }),
  event: () => ({ title: said("event"), starts: soon("18:00"), ends: soon("20:00"), zone: props.shopZone ?? "UTC",
    place: "", link: "", host: "", cta: said("sign"), rsvp: false }),
  quote: () => ({ rich: paragraph(said("quote")), author: said("author"), role: said("role"), image: "" }),
  expert: () => ({ question: said("ask"), rich: paragraph(said("answer")), author: said("expert"), role: said("work"), image: "", disclosure: "" }),
  video: () => ({ thumb: "", alt: "", href: "", length: "" }),
  season: () => ({ kicker: said("kicker"), title: said("season"), rich: paragraph(said("text")), asset: "", alt: "", endsAt: "", cta: said("look"), href: own(), code: "" }),
  rating: () => ({ question: said("question"), scale: "stars", low: said("low"), high: said("high"), followUp: "", routeHigh: "", routeLow: "" }),
  poll: () => ({ question: said("poll"), options: [said("first"), said("second"), said("third")], showResults: true }),
  coupon: () => ({ source: gives("code") ? "campaign" : "shared", code: "", title: said("coupon"), terms: "", cta: said("redeem"), href: gives("code") ? "" : own(), qr: false }),
  contest: () => ({ title: said("contest"), prize: "", cta: said("enter"), rulesLabel: said("rules"), endsAt: "", rulesHref: "", showEntries: false }),
  referral: () => ({ text: said("share"), reward: said("reward"), href: own(), cta: said("invite"), shareTargets: ["email", "whatsapp", "viber"], showProgress: false }),
  points: () => ({ title: said("points"), balance: "", tier: "", nextReward: "", nextAt: "", cta: said("spend"), href: own(), bar: true }),
  products: () => (gives("order")
    ? { source: "order", items: [], limit: 4, layout: "list", showPrice: true, reviewLink: false, fallback: "hide" }
    : { source: "manual", items: [product()], limit: 4, layout: "grid2", showPrice: true, reviewLink: false, fallback: "hide" }),
  social: () => ({ items: [{ network: "website", href: own() }, { network: "facebook", href: "" }, { network: "instagram", href: "" }] }),
  menu: () => ({ items: [{ label: said("shop"), href: own() }, { label: said("news"), href: "" }, { label: said("contact"), href: "" }] }),
  html: () => ({ code: "" }),
  footer: () => ({ why: said("why"), address: "", unsubscribe: said("unsubscribe"), preferences: said("preferences"), view: said("view") }),
};

// product is one that is described by hand.
export function product(): Record<string, string> {
  return { title: said("product"), image: "", price: "", href: "" };
}

// blank is a new block of that type.
export function blank(type: string): Block {
  return { id: newID(), type, ...fields[type]?.() };
}

// describe names a block by its type and its first words: "Heading: Thank you".
export function describe(block: Block): string {
  const { rich, label, title, question, alt, why, name: called, text: says } = block as Record<string, unknown>;
  const line = [label, title, question, says, called, alt, why].find((x) => typeof x === "string" && x !== "") as string | undefined;
  const text = (line ?? (rich ? richText(rich as Rich) : "")).trim();
  const name = kindOf(block.type).name();
  return text ? `${name}: ${text.length > 60 ? text.slice(0, 59) + "…" : text}` : name;
}

// fieldText is a plain field as the document holds it; a rich one as a line.
export function fieldText(block: Block, field: string): string {
  return field === "rich" && block.rich ? toLine(block.rich) : String(block[field] ?? "");
}
