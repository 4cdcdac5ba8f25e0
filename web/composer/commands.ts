// Every change to a letter is a command, and applying one tells how to take it back.
import { find, insert, remove, update, type Block, type Content, type Place } from "./document";

export type Command =
  | { do: "insert"; block: Block; at: Place }
  | { do: "remove"; id: string }
  | { do: "move"; id: string; to: Place }
  | { do: "set"; id: string; path: string; value: unknown }
  | { do: "theme"; path: string; value: unknown }
  | { do: "letter"; field: "subject" | "preheader" | "html" | "mode"; value: string }
  | { do: "replace"; content: Content }
  | { do: "all"; commands: Command[] };

export interface Applied { content: Content; inverse: Command }

// apply returns the changed content and the inverse command, or undefined when nothing changes.
// The place of a move counts without the moved block.
export function apply(content: Content, command: Command): Applied | undefined {
  const doc = content.document;
  switch (command.do) {
    case "insert":
      return { content: { ...content, document: insert(doc, command.block, command.at) }, inverse: { do: "remove", id: command.block.id } };
    case "remove": {
      const found = find(doc, command.id);
      return found && { content: { ...content, document: remove(doc, command.id) }, inverse: { do: "insert", block: found.block, at: found.place } };
    }
    case "move":
      return move(content, command.id, command.to);
    case "set": {
      const found = find(doc, command.id);
      if (!found || same(get(found.block, command.path), command.value)) return undefined;
      const document = update(doc, command.id, (b) => put(b, command.path, command.value) as Block);
      return { content: { ...content, document }, inverse: { ...command, value: get(found.block, command.path) } };
    }
    case "theme": {
      const theme = doc.theme ?? {};
      if (same(get(theme, command.path), command.value)) return undefined;
      const document = { ...doc, theme: put(theme, command.path, command.value) };
      return { content: { ...content, document }, inverse: { ...command, value: get(theme, command.path) } };
    }
    case "letter":
      if (content[command.field] === command.value) return undefined;
      return { content: { ...content, [command.field]: command.value }, inverse: { ...command, value: content[command.field] } };
    case "replace":
      return same(content, command.content) ? undefined : { content: command.content, inverse: { do: "replace", content } };
    case "all":
      return applyAll(content, command.commands);
  }
}

function move(content: Content, id: string, to: Place): Applied | undefined {
  const doc = content.document;
  const found = find(doc, id);
  if (!found || same(found.place, to)) return undefined;
  const document = insert(remove(doc, id), found.block, to);
  if (!find(document, id)) return undefined; // its target is gone: better not moved than lost
  return { content: { ...content, document }, inverse: { do: "move", id, to: found.place } };
}

function applyAll(content: Content, commands: Command[]): Applied | undefined {
  const inverses: Command[] = [];
  for (const command of commands) {
    const applied = apply(content, command);
    if (!applied) continue;
    content = applied.content;
    inverses.unshift(applied.inverse);
  }
  return inverses.length > 0 ? { content, inverse: { do: "all", commands: inverses } } : undefined;
}

// get reads a dotted path: "style.bg".
export function get(from: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], from);
}

// put is the object with the value at the path; undefined takes the key away, and a thing left empty with it.
// In a list the keys are its places, which stay as they are.
export function put<T extends object>(into: T, path: string, value: unknown): T {
  const [key, ...rest] = path.split(".") as [string, ...string[]];
  if (Array.isArray(into)) {
    return into.map((item: unknown, i) => (String(i) !== key ? item : rest.length > 0 ? put(item as object, rest.join("."), value) : value)) as T;
  }
  const held = into as Record<string, unknown>;
  let next = value;
  if (rest.length > 0) {
    next = put((held[key] as object | undefined) ?? {}, rest.join("."), value);
    if (Object.keys(next as object).length === 0) next = undefined;
  }
  const { [key]: _, ...others } = held;
  return (next === undefined ? others : { ...held, [key]: next }) as T;
}

// same compares values as JSON would write them.
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
