// What the server hands the island, and the words to say it in.
import type { Content } from "./document";

export interface Value {
  path: string;
  label: string;
  sample: string;
  time?: string; // the sample of a date with its time of day
  group?: string; // in words
  about?: string; // one sentence
  as?: "date" | "money" | "number" | "list" | "link"; // what it is; a text when unsaid
}
export interface Person { id: number; name: string; email: string }
export interface Problem { block?: string; field?: string; line?: number; column?: number; text: string; level: "warn" | "fail" }
export interface Urls { save: string; frame: string; preview: string; people: string; test: string; media: string; branches?: string; preflight?: string; standIns?: string; seeds?: string; saved?: string; lang?: string; variant?: string; icons?: string; editor?: string; convert: string; import?: string; versions?: string; designs?: string; design?: string }

type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;

export interface Props {
  lang: string;
  langs: string[];
  variant?: string; // a to e
  variants?: string[]; // more than one when the message has an A/B test
  kind: string;
  uiLang: string;
  strings: Record<string, string | Plural>;
  blocks: string[];
  gives: string[]; // what the campaign has for its letters: code, order, items, share
  content: Content & { version: number };
  values: Value[];
  urls: Urls;
  me?: string; // the user's own address, for test letters
  seeds?: string[]; // the addresses that tests go to, as the shop keeps them
  nonce?: string; // with which the code editor may bring its styles
  brand?: Record<"light" | "dark", Record<string, string>>; // what a letter shows whose theme says nothing
  zone?: string; // the reader's: that of all times shown
  shopZone?: string; // in which a new event begins
  over?: boolean; // the campaign is, or it is on its way: its letters can be looked at and not changed
}

export let props: Props;

// open reads the props of the page's element; a document that is still text is parsed.
export function open(el: HTMLElement): Props {
  const read = JSON.parse(el.dataset.props ?? "{}") as Props;
  const doc = read.content.document as unknown;
  read.content.document = (typeof doc === "string" && doc ? JSON.parse(doc) : doc) || { v: 1, blocks: [] };
  read.content.document.blocks ??= [];
  return (props = { ...read, zone: known(read.zone), shopZone: known(read.shopZone), strings: read.strings ?? {}, values: read.values ?? [], gives: read.gives ?? [], langs: read.langs ?? [read.lang] });
}

// known is a zone of ours that the browser knows as well.
function known(timeZone = "UTC"): string {
  try { new Intl.DateTimeFormat("en", { timeZone }); } catch { return "UTC"; }
  return timeZone;
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

// n is t for a count: the plural form that the language asks for. It is filled with the arguments, or with the count.
export function n(english: string, count: number, ...args: (string | number)[]): string {
  const forms = props.strings[english];
  const form = typeof forms === "object" ? forms[new Intl.PluralRules(props.uiLang).select(count)] ?? forms.other : forms;
  return fill(form || english, args.length > 0 ? args : [count]);
}

// told is a time in words, in the zone of all the pages.
export function told(at: Date | string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(props.uiLang, { ...parts, timeZone: props.zone }).format(new Date(at));
}

// clock is a time of day, as on all the pages.
export function clock(at: Date | string): string {
  return told(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

// languageName is a language in its own words: "Български".
export function languageName(lang: string): string {
  const name = new Intl.DisplayNames([lang], { type: "language" }).of(lang) ?? lang;
  return name.charAt(0).toLocaleUpperCase(lang) + name.slice(1);
}
