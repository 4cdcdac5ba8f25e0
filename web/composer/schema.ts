// The ProseMirror schemas: rich text, the text of a heading, and one line with values.
import { Schema, type DOMOutputSpec, type MarkSpec, type Node, type NodeSpec, type TagParseRule } from "prosemirror-model";
import { props } from "./props";

const chip: NodeSpec = {
  inline: true, group: "inline", atom: true, attrs: {
    path: { validate: "string" }, fallback: { default: "", validate: "string" }, as: { default: "", validate: "string" },
    forms: { default: [], validate: (v: unknown) => { if (!Array.isArray(v) || !v.every((f) => typeof f === "string")) throw new RangeError("forms"); } },
  },
  toDOM: (node: Node): DOMOutputSpec => ["span", {
    class: "ks-chip", "data-path": node.attrs.path, "data-fallback": node.attrs.fallback, "data-as": node.attrs.as,
    "data-forms": JSON.stringify(node.attrs.forms), contenteditable: "false",
  }, labelOf(node.attrs.path as string) + (node.attrs.fallback ? ` · ${node.attrs.fallback}` : "")],
  parseDOM: [{ tag: "span[data-path]", getAttrs: (el) => ({ path: el.dataset.path ?? "", fallback: el.dataset.fallback ?? "", as: el.dataset.as ?? "", forms: forms(el.dataset.forms) }) }],
};

function forms(written: string | undefined): string[] {
  try {
    const read: unknown = JSON.parse(written ?? "[]");
    return Array.isArray(read) ? read.map(String) : [];
  } catch {
    return [];
  }
}

// labelOf is a value in words; an attribute the server does not know is its name, all else its path. order.total is order.total_cents as a plain number.
export function labelOf(path: string): string {
  return (props.values.find((v) => v.path === path) ?? props.values.find((v) => v.path === `${path}_cents`))?.label ?? path.replace("subscriber.attributes.", "");
}

const paragraph: NodeSpec = {
  content: "inline*", group: "block", toDOM: () => ["p", 0],
  parseDOM: ["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"].map((tag) => ({ tag })),
};
const hardBreak: NodeSpec = { inline: true, group: "inline", selectable: false, toDOM: () => ["br"], parseDOM: [{ tag: "br" }] };
const text: NodeSpec = { group: "inline" };
const lists: Record<string, NodeSpec> = {
  bullet_list: { content: "list_item+", group: "block", toDOM: () => ["ul", 0], parseDOM: [{ tag: "ul" }] },
  ordered_list: {
    content: "list_item+", group: "block", attrs: { order: { default: 1, validate: "number" } },
    toDOM: (node) => (node.attrs.order === 1 ? ["ol", 0] : ["ol", { start: node.attrs.order as number }, 0]), parseDOM: [{ tag: "ol" }],
  },
  list_item: { content: "paragraph (paragraph | bullet_list | ordered_list)*", defining: true, toDOM: () => ["li", 0], parseDOM: [{ tag: "li" }] },
};

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: { validate: "string" } }, inclusive: false,
    toDOM: (mark): DOMOutputSpec => ["a", { href: mark.attrs.href as string }, 0],
    parseDOM: [{ tag: "a[href]", getAttrs: (el) => safe(el.getAttribute("href") ?? "") }],
  },
  strong: {
    toDOM: () => ["strong", 0],
    // Google Docs wraps what it copies in <b style="font-weight:normal">.
    parseDOM: [{ tag: "strong" }, { tag: "b", getAttrs: (el) => !/font-weight:\s*normal/.test(el.dataset.style ?? "") && null },
      styled(/font-weight:\s*(bold|[6-9]00)/)],
  },
  em: { toDOM: () => ["em", 0], parseDOM: [{ tag: "em" }, { tag: "i" }, styled(/font-style:\s*italic/)] },
  underline: { toDOM: () => ["u", 0], parseDOM: [{ tag: "u" }] },
};

// styled reads a mark out of what pasted() left of a style; others may read theirs from the same element.
function styled(style: RegExp): TagParseRule {
  return { tag: "span[data-style]", consuming: false, getAttrs: (el) => style.test(el.dataset.style ?? "") && null };
}

// pasted makes foreign HTML harmless before it is parsed. Styles and handlers are renamed, not dropped: the
// policy of the page forbids them even in a document that is never shown, and styles say what is bold.
export function pasted(html: string): string {
  return html.replace(/<(style|script|title)\b[\s\S]*?<\/\1>|<!--[\s\S]*?-->/gi, "")
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\s(style|on\w+)\s*=/gi, (_, name: string) => (name.toLowerCase() === "style" ? " data-style=" : " data-off=")));
}

function safe(href: string): { href: string } | false {
  return /^(https?:|mailto:|tel:|\{\{)/i.test(href.trim()) ? { href: href.trim() } : false;
}

export const richSchema = new Schema({ nodes: { doc: { content: "block+" }, paragraph, ...lists, hard_break: hardBreak, chip, text }, marks });
export const headingSchema = new Schema({ nodes: { doc: { content: "paragraph" }, paragraph, hard_break: hardBreak, chip, text }, marks });
export const lineSchema = new Schema({ nodes: { doc: { content: "paragraph" }, paragraph, chip, text } });
