// Rules as the server has them, and as they are drawn: what cannot be drawn stays as it is, with the reason.
import { t, type Field, type TestOf } from "./props";
import { fieldOf, testOf, typesOf } from "./vocabulary";

export interface Span { last?: number; next?: number; unit?: string; from?: string; to?: string }
export interface Times { is: string; n: number }
export interface Rule { match?: string; rules?: Rule[]; field?: string; type?: string; is?: string; values?: string[]; times?: Times; within?: Span; where?: Rule[] }

export type Match = "all" | "any" | "none";
export interface Group { id: number; kind: "group"; match: Match; rules: Node[] }
export interface Test { id: number; kind: "test"; field: string; type?: string; is: string; values: string[]; times?: Times; within?: Span; where: Leaf[]; bound?: true /* the currency of amounts, which came with them and goes with them */ }
export interface Raw { id: number; kind: "raw"; value: unknown; why: string }
export type Leaf = Test | Raw;
export type Node = Group | Leaf;

let last = 0;
export function fresh(): number { return ++last; }

const matches = ["all", "any", "none"];
const often = ["at_least", "at_most", "exactly"];
const units = ["hours", "days", "weeks", "months", "years"];

// Undrawable says why a rule cannot be drawn.
class Undrawable extends Error {}

function object(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// read makes a tree of a rule. A part that cannot be drawn is kept as it is.
export function read(value: unknown): Node {
  try {
    if (!object(value)) throw new Undrawable(t("This is no rule."));
    if ("match" in value) return group(value);
    return test(value);
  } catch (e) {
    if (!(e instanceof Undrawable)) throw e;
    return { id: fresh(), kind: "raw", value, why: e.message };
  }
}

// readRoot is read, of a whole rule: it has to be a group.
export function readRoot(value: unknown): Group | undefined {
  const node = read(value);
  return node.kind === "group" ? node : undefined;
}

function group(value: Record<string, unknown>): Group {
  only(value, ["match", "rules"]);
  if (!matches.includes(value.match as string)) throw new Undrawable(t("A group asks for all, any or none of its rules."));
  const rules = value.rules ?? [];
  if (!Array.isArray(rules)) throw new Undrawable(t("This is no rule."));
  return { id: fresh(), kind: "group", match: value.match as Match, rules: rules.map(read) };
}

function only(value: Record<string, unknown>, keys: string[]): void {
  const other = Object.keys(value).find((key) => !keys.includes(key));
  if (other !== undefined) throw new Undrawable(t("It says “%s”, which the builder does not know here.", other));
}

function test(value: Record<string, unknown>, of?: Field): Test {
  only(value, ["field", "type", "is", "values", "times", "within", "where"]);
  const { field = "", type: stated, is = "" } = value as Rule;
  const f = fieldOf(field, of);
  if (!f) throw new Undrawable(t("There is nothing called “%s” to ask about.", String(field)));
  const type = stated === "text" && typesOf(f).length > 0 ? undefined : stated; // which is what no type means
  const asked = testOf(f, type, is);
  if (!asked) throw new Undrawable(t("“%s” cannot be asked of “%s”.", String(is), String(field)));
  return {
    id: fresh(), kind: "test", field, ...(type === undefined ? {} : { type }), is, values: values(value.values, asked),
    ...(value.times === undefined ? {} : { times: times(value.times, asked) }),
    ...(value.within === undefined ? {} : { within: span(value.within, asked) }), where: where(value.where, f),
  };
}

function values(given: unknown, asked: TestOf): string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.some((v) => typeof v !== "string")) throw new Undrawable(t("Its values are not texts."));
  if (given.length > (asked.values ?? 0)) throw new Undrawable(t("It has more values than this test takes."));
  return given as string[];
}

function times(given: unknown, asked: TestOf): Times {
  if (!asked.times || !object(given) || !often.includes(given.is as string) || !Number.isInteger(given.n ?? 0) || Number(given.n) < 0) throw new Undrawable(t("How often cannot be drawn."));
  only(given, ["is", "n"]);
  return { is: given.is as string, n: Number(given.n ?? 0) };
}

function span(given: unknown, asked: TestOf): Span {
  const wrong = new Undrawable(t("Its span of time cannot be drawn."));
  if (!asked.span || !object(given)) throw wrong;
  only(given, ["last", "next", "unit", "from", "to"]);
  const s = given as Span, rolling = "last" in s || "next" in s;
  if (("last" in s && "next" in s) || (rolling && ("from" in s || "to" in s)) || (!rolling && "unit" in s)) throw wrong;
  if ("next" in s && !asked.ahead) throw wrong;
  if (rolling && (!Number.isInteger(s.last ?? s.next) || !units.includes(s.unit ?? ""))) throw wrong;
  if ([s.from, s.to].some((day) => day !== undefined && !/^\d{4}-\d\d-\d\d$/.test(day))) throw wrong;
  return { ...s };
}

function where(given: unknown, f: Field): Leaf[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || (given.length > 0 && !f.where)) throw new Undrawable(t("“%s” takes no further tests.", f.label));
  return given.map((one): Leaf => {
    try {
      if (!object(one) || "match" in one || "where" in one || "within" in one || "times" in one) throw new Undrawable(t("What happened is asked by single tests, not by groups or spans."));
      return test(one, f);
    } catch (e) {
      if (!(e instanceof Undrawable)) throw e;
      return { id: fresh(), kind: "raw", value: one, why: e.message };
    }
  });
}

// write is the rule of a tree.
export function write(node: Node): Rule {
  if (node.kind === "raw") return node.value as Rule;
  if (node.kind === "group") return { match: node.match, rules: node.rules.map(write) };
  return {
    field: node.field, ...(node.type ? { type: node.type } : {}), is: node.is, ...(node.values.length ? { values: node.values } : {}),
    ...(node.times ? { times: node.times } : {}), ...(node.within ? { within: spanned(node.within) } : {}),
    ...(node.where.length ? { where: node.where.map(write) } : {}),
  };
}

function spanned(s: Span): Span {
  return Object.fromEntries(Object.entries(s).filter(([, v]) => v !== "")) as Span;
}

export function text(node: Node): string { return JSON.stringify(write(node), null, 2); }
