// Lines with sample values in place of chips, to be read rather than sent.
import type { Rich } from "./document";
import { toRich } from "./line";
import { props } from "./props";

// filled reads a line as somebody would who has the sample values.
export function filled(line: string): string {
  return (toRich(line).content?.[0]?.content ?? []).map(word).join("");
}

function word(part: Rich): string {
  if (part.type === "text") return part.text ?? "";
  const path = String(part.attrs?.path ?? "");
  const value = props.values.find((v) => v.path === path);
  return value?.sample || String(part.attrs?.fallback || value?.label || path);
}
