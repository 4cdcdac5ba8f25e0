// The ways a personal value may be shown, and what it reads like in the letter's language.
import type { Chip, Shown } from "./line";
import { props, t, type Value } from "./props";

export interface Way { name: string; shown: Shown }

// shownAs are the ways for a value; the first is the one meant for it.
export function shownAs(value: Value): Way[] {
  const plain: Way = { name: t("As it is"), shown: {} };
  switch (value.as) {
    case "date": return [{ name: t("Day"), shown: { as: "date" } }, { name: t("Day and time"), shown: { as: "datetime" } }];
    case "money": return [{ name: t("Amount with its currency"), shown: { as: "money" } }];
    case "number": return [plain, { name: t("With a word that follows the number"), shown: { as: "plural", forms: words() } }];
    case "list": case "link": return [plain];
  }
  return [plain, { name: t("First letter large"), shown: { as: "capitalize" } }, { name: t("All letters large"), shown: { as: "upper" } }, ...(value.path.startsWith("subscriber.attributes.")
    ? [{ name: t("With a word that follows the number"), shown: { as: "plural", forms: words() } }] : [])];
}

const points: Record<string, string[]> = { en: ["% point", "% points"], bg: ["% точка", "% точки"], ru: ["% балл", "% балла", "% баллов"] };

function words(): string[] {
  return points[props.lang] ?? points.en!;
}

// pluralForms are the numbers that each form of the letter's language is for.
export function pluralForms(): string[] {
  return props.lang === "ru" ? ["1, 21, 31", "2, 3, 4", "5, 6, 10"] : ["1", "2, 5, 10"];
}

// sampleAs is the sample of a value shown that way; a date and an amount come written already.
export function sampleAs(value: Value, chip: Chip): string {
  const { sample } = value;
  if (!sample) return chip.fallback;
  if (chip.as === "datetime") return value.time ?? "";
  if (chip.as === "upper") return sample.toLocaleUpperCase(props.lang);
  if (chip.as === "capitalize") return sample.charAt(0).toLocaleUpperCase(props.lang) + sample.slice(1);
  if (chip.as === "plural") return form(Number.parseInt(sample, 10) || 0, chip.forms ?? []).replaceAll("%", String(Number.parseInt(sample, 10) || 0));
  return sample;
}

// form is the plural form of a number, as Liquid chooses it.
export function form(number: number, forms: string[]): string {
  const rule = props.lang === "ru" ? new Intl.PluralRules("ru").select(number) : number === 1 ? "one" : "other";
  const at = { one: 0, few: 1 }[rule as string] ?? (props.lang === "ru" ? 2 : 1);
  return forms[Math.min(at, forms.length - 1)] ?? "";
}
