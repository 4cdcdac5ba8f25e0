// What the server hands the builder, and the words to say it in. The fields, their names and their tests are the server's:
// the builder draws whatever there is.
import type { Rule } from "./rule";

export interface TestOf {
  is: string;
  label: string;
  before: string; // the words before the values, after those behind them
  after?: string;
  whole?: boolean; // before says the field, too
  values?: number; // how many at most
  least?: number;
  span?: "may" | "must";
  ahead?: boolean; // the span may lie in the days to come
  times?: boolean;
  pattern?: boolean; // its values are parts of texts
  pieces?: boolean; // how often is how many pieces of goods
}
export interface Type { type: string; label: string; sort: string; tests: TestOf[] }
export interface Choice { value: string; label: string }
export interface Field {
  name: string;
  label: string;
  shelf?: string;
  sort: string;
  type?: string; // of an attribute: as what it is kept
  types?: Type[]; // those that a test may state
  named?: string; // its values number lists, campaigns or segments
  shown?: "region" | "language" | "currency"; // its values are codes
  values?: Choice[]; // all there are
  suggest?: boolean;
  tests: TestOf[];
  where?: Field[];
}

type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;

export interface Props {
  id: number;
  version: number;
  name: string;
  rule: Rule;
  key: string;
  uiLang: string;
  zone: string;
  strings: Record<string, string | Plural>;
  groups: Record<string, string>;
  shelves: { name: string; label: string }[];
  fields: Field[];
  attributes: Field[] | null;
  types: Type[];
  names: Record<string, string>;
  most: { depth: number; tests: number };
  currency: string;
  urls: { save: string; count: string; values: string; back: string; icons: string };
}

export let props: Props;

export function open(given: Props): Props {
  return (props = given);
}

function fill(text: string, args: (string | number)[]): string {
  let n = 0;
  return text.replace(/%[sd]/g, () => String(args[n++] ?? ""));
}

// t says an English sentence in the reader's language; %s and %d take the arguments in turn.
export function t(english: string, ...args: (string | number)[]): string {
  const said = props.strings[english];
  return fill(typeof said === "string" && said ? said : english, args);
}

let plural: Intl.PluralRules | undefined;

// n is t for a count: the plural form that the language asks for.
export function n(english: string, count: number, said: string | number = count): string {
  const forms = props.strings[english];
  const form = typeof forms === "object" ? forms[(plural ??= new Intl.PluralRules(props.uiLang)).select(count)] ?? forms.other : forms;
  return fill(form || english, [said]);
}

// around is what stands before and behind the number of a sentence.
export function around(sentence: string, count: number): [string, string] {
  const at = sentence.indexOf(String(count));
  return at < 0 ? [sentence, ""] : [sentence.slice(0, at).trim(), sentence.slice(at + String(count).length).trim()];
}

export function number(count: number): string {
  return new Intl.NumberFormat(props.uiLang).format(count);
}

export function clock(at: string): string {
  const lang = props.uiLang === "en" ? "en-GB" : props.uiLang; // as all other pages write it
  return [{ dateStyle: "long" as const }, { timeStyle: "short" as const }].map((form) => new Intl.DateTimeFormat(lang, { ...form, timeZone: zone() }).format(new Date(at))).join(", ");
}

function zone(): string {
  try { new Intl.DateTimeFormat("en", { timeZone: props.zone }); } catch { return "UTC"; }
  return props.zone;
}
