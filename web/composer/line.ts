// One-line texts: a string with Liquid values in the document, text with chips in the editor.
import type { Rich } from "./document";

// Chip is a personal value: which one, what to say when it is missing, and how it is shown.
export interface Chip extends Shown { path: string; fallback: string }
export interface Shown { as?: string; forms?: string[] }

const text = `"[^"{}]*"|'[^'{}]*'`;
const value = new RegExp(`\\{\\{-?\\s*([a-z_]\\w*(?:\\.\\w+|\\[\\d+\\])*)((?:\\s*\\|\\s*\\w+(?:\\s*:\\s*(?:${text}|[\\w.]+)(?:\\s*,\\s*(?:${text}))*)?)*)\\s*-?\\}\\}`, "g");
const filter = new RegExp(`\\|\\s*(\\w+)(?:\\s*:\\s*((?:${text}|[\\w.]+)(?:\\s*,\\s*(?:${text}))*))?`, "g");

const dates: Record<string, string> = { date: "%-d %B %Y", datetime: "%-d %B %Y, %H:%M" };

// toRich turns a string into a one-paragraph rich text; values it can show become chips, other Liquid stays text.
export function toRich(line: string): Rich {
  const content: Rich[] = [];
  const text = (s: string) => s && content.push({ type: "text", text: s });
  let from = 0;
  for (const m of line.matchAll(value)) {
    const chip = read(m[1]!, m[2] ?? "");
    if (!chip) continue;
    text(line.slice(from, m.index));
    content.push({ type: "chip", attrs: { ...chip } });
    from = m.index + m[0].length;
  }
  text(line.slice(from));
  return { type: "doc", content: [{ type: "paragraph", ...(content.length > 0 ? { content } : {}) }] };
}

// read understands the filters of a value that a chip can have: one way to show it, then a fallback.
function read(path: string, tail: string): Chip | undefined {
  if (!path.includes(".") && path !== "now") return undefined; // a variable of the template's own
  const chip: Chip = { path, fallback: "" };
  const filters = Array.from(tail.matchAll(filter), (m) => ({ name: m[1]!, args: m[2] ?? "" }));
  const last = filters.at(-1);
  if (last?.name === "default" && /^(["']).*\1$/.test(last.args) && strings(last.args).length === 1) {
    chip.fallback = strings(last.args)[0]!;
    filters.pop();
  }
  if (filters.length === 0) return chip;
  const [{ name, args }, ...rest] = filters as [{ name: string; args: string }];
  if (rest.length > 0) return undefined;
  const given = strings(args);
  const day = Object.keys(dates).find((as) => name === "date" && args === `"${dates[as]}"`);
  if (day) return { ...chip, as: day };
  if (name === "money" && args === currency(path)) return { ...chip, as: "money" };
  if (name === "upcase" && !args) return { ...chip, as: "upper" };
  if (name === "capitalize" && !args) return { ...chip, as: "capitalize" };
  if (name === "plural" && given.length >= 2 && given.length <= 4) return { ...chip, as: "plural", forms: given };
  return undefined;
}

function strings(args: string): string[] {
  return Array.from(args.matchAll(/"([^"]*)"|'([^']*)'/g), (m) => m[1] ?? m[2] ?? "");
}

// currency stands beside an amount.
function currency(path: string): string {
  return path.slice(0, path.lastIndexOf(".") + 1) + "currency";
}

// toLine is the string of a rich text; toLine(toRich(s)) means what s means.
export function toLine(rich: Rich): string {
  if (rich.type === "text") return rich.text ?? "";
  if (rich.type === "hard_break") return " ";
  if (rich.type === "chip") return written(chipOf(rich.attrs));
  return (rich.content ?? []).map(toLine).join(rich.type === "doc" ? " " : "");
}

// chipOf reads the attributes of a chip's node.
export function chipOf(attrs: Record<string, unknown> | undefined): Chip {
  const { path, fallback, as, forms } = attrs ?? {};
  return { path: String(path ?? ""), fallback: String(fallback ?? ""), ...(as ? { as: String(as) } : {}), ...(Array.isArray(forms) && forms.length > 0 ? { forms: forms.map(String) } : {}) };
}

// liquid writes a value with what to say when it is missing.
export function liquid(path: string, fallback: string, shown: Shown = {}): string {
  return written({ path, fallback, ...shown });
}

function written({ path, fallback, as, forms }: Chip): string {
  const shown = as && dates[as] ? ` | date: "${dates[as]}"` : as === "money" ? ` | money: ${currency(path)}` : as === "upper" ? " | upcase" : as === "capitalize" ? " | capitalize"
    : as === "plural" && forms ? ` | plural: ${forms.map(quoted).join(", ")}` : "";
  return `{{ ${path}${shown}${fallback === "" ? "" : ` | default: ${quoted(fallback)}`} }}`;
}

// quoted: Liquid knows no escapes in strings, so a text with both quotes loses the double ones.
function quoted(text: string): string {
  const plain = text.replaceAll("{", "(").replaceAll("}", ")");
  return plain.includes('"') && !plain.includes("'") ? `'${plain}'` : `"${plain.replaceAll('"', "")}"`;
}
