// One-line texts: a string with Liquid values in the document, text with chips in the editor.
import type { Rich } from "./document";

const value = /\{\{-?\s*([a-z_]\w*(?:\.\w+|\[\d+\])+)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)')\s*)?-?\}\}/g;

// toRich turns a string into a one-paragraph rich text; values it can show become chips, other Liquid stays text.
export function toRich(line: string): Rich {
  const content: Rich[] = [];
  const text = (s: string) => s && content.push({ type: "text", text: s });
  let from = 0;
  for (const m of line.matchAll(value)) {
    text(line.slice(from, m.index));
    content.push({ type: "chip", attrs: { path: m[1], fallback: m[2] ?? m[3] ?? "" } });
    from = m.index + m[0].length;
  }
  text(line.slice(from));
  return { type: "doc", content: [{ type: "paragraph", ...(content.length > 0 ? { content } : {}) }] };
}

// toLine is the string of a rich text; toLine(toRich(s)) means what s means.
export function toLine(rich: Rich): string {
  if (rich.type === "text") return rich.text ?? "";
  if (rich.type === "hard_break") return " ";
  if (rich.type === "chip") return liquid(String(rich.attrs?.path ?? ""), String(rich.attrs?.fallback ?? ""));
  return (rich.content ?? []).map(toLine).join(rich.type === "doc" ? " " : "");
}

// liquid writes a value with what to say when it is missing. Liquid knows no escapes in strings:
// a fallback with both quotes loses the double ones.
export function liquid(path: string, fallback: string): string {
  if (fallback === "") return `{{ ${path} }}`;
  const quoted = fallback.includes('"') && !fallback.includes("'") ? `'${fallback}'` : `"${fallback.replaceAll('"', "")}"`;
  return `{{ ${path} | default: ${quoted} }}`;
}
