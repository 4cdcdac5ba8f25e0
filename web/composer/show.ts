// Who sees a block: rules on the reader's own values, and the same in words.
import type { Block } from "./document";
import { labelOf } from "./schema";
import { languageName, n, props, t } from "./props";

export interface Rule { path: string; is: string; value?: string }
export interface Show { match: "all" | "any"; rules: Rule[] }

export const mostRules = 10;

// showOf is the condition of a block; undefined when everybody sees it.
export function showOf(block: Block): Show | undefined {
  const show = block.show as Show | undefined;
  return show && Array.isArray(show.rules) && show.rules.length > 0 ? show : undefined;
}

const usable = /^(subscriber|order|data)(\.[A-Za-z0-9_]+|\[\d+\])+$/;

// subjects are the values that a rule may ask about.
export function subjects(): { path: string; label: string }[] {
  const all = props.values.map((v) => (v.as === "money" ? { ...v, path: v.path.replace(/_cents$/, "") } : v)); // compared as a plain number
  const own = all.filter((v) => usable.test(v.path) && !["list", "link", "date"].includes(v.as ?? "") && v.path !== "subscriber.name");
  const language = { path: "subscriber.lang", label: labelOf("subscriber.lang") };
  return own.some((v) => v.path === language.path) ? own : [language, ...own];
}

// operators are those that make sense for a value, in the order they are offered.
export function operators(path: string): string[] {
  if (path === "subscriber.lang") return ["is", "not"];
  const as = props.values.find((v) => v.path === path || v.path === `${path}_cents`)?.as;
  if (as === "money" || as === "number") return ["above", "below", "is", "not", "filled", "empty"];
  if (path.startsWith("subscriber.attributes.") || path.startsWith("data.")) return ["is", "not", "contains", "starts", "above", "below", "filled", "empty"];
  return ["is", "not", "contains", "starts", "filled", "empty"];
}

export function operatorName(is: string): string {
  const names: Record<string, string> = {
    is: t("is"), not: t("is not"), contains: t("contains"), starts: t("begins with"), above: t("is above"), below: t("is below"), filled: t("is known"), empty: t("is not known"),
  };
  return names[is] ?? is;
}

// needsValue: "is known" compares with nothing.
export function needsValue(is: string): boolean {
  return is !== "filled" && is !== "empty";
}

// sentence is a rule as one reads it: Language is Bulgarian.
export function sentence(rule: Rule): string {
  const value = rule.path === "subscriber.lang" && rule.value ? languageName(rule.value) : rule.value ? t("“%s”", rule.value) : "…";
  return [labelOf(rule.path), operatorName(rule.is), needsValue(rule.is) ? value : ""].filter(Boolean).join(" ");
}

// summary is a whole condition in a line.
export function summary(show: Show): string {
  return show.rules.map(sentence).join(show.match === "any" ? t(" or ") : t(" and "));
}

export interface Branch { shown: number; of: number; estimate?: boolean; letter?: boolean }

// reach says how many get a block and how many do not.
export function reach(branch: Branch): string {
  if (branch.letter) return t("Decided per letter: the order or the campaign's own values are not known before.");
  if (branch.of === 0) return t("Nobody is in the audience yet.");
  const count = (x: number) => new Intl.NumberFormat(props.uiLang).format(x);
  if (branch.estimate) return t("An estimate: shown to about %s of %s people; about %s do not get it.", count(branch.shown), count(branch.of), count(branch.of - branch.shown));
  return n("Shown to %s of %s people; %s do not get it.", branch.of, count(branch.shown), count(branch.of), count(branch.of - branch.shown));
}
