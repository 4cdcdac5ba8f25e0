// Replacing the blocks of the letter on show that changed, without loading it anew: the server sends them as
// lists, since the page may not parse HTML by itself.
export type Tree = string | [tag: string, attributes: Record<string, string>, ...children: Tree[]];
export interface Parts { shell: string; marks: string[]; blocks: Record<string, Tree> }

// blocksOf are the blocks of the first level, in reading order, as the server counts them.
export function blocksOf(doc: Document): Element[] {
  return Array.from(doc.querySelectorAll("[data-block]")).filter((el) => !el.parentElement?.closest("[data-block]"));
}

// patch brings the letter to the new parts; false when that takes a whole drawing.
export function patch(doc: Document, before: Parts | null, now: Parts): Element[] | false {
  const shown = blocksOf(doc);
  if (!before || before.shell !== now.shell || shown.length !== now.marks.length || before.marks.length !== now.marks.length) return false;
  const changed = now.marks.flatMap((m, i) => (m !== before.marks[i] ? [i] : []));
  if (changed.some((i) => now.blocks[i] === undefined)) return false;
  const fresh = grown(doc, changed.map((i) => now.blocks[i]!));
  changed.forEach((place, i) => { if (fresh) shown[place]!.replaceWith(fresh[i]!); });
  return fresh;
}

// grown are the blocks; false where somebody's HTML has a name that only a parser takes, as <p a"b>.
function grown(doc: Document, trees: Tree[]): Element[] | false {
  try {
    return trees.map((tree) => grow(doc, tree) as Element);
  } catch (e) {
    if (e instanceof DOMException) return false;
    throw e;
  }
}

function grow(doc: Document, tree: Tree): Node {
  if (typeof tree === "string") return doc.createTextNode(tree);
  const [tag, attributes, ...children] = tree;
  const el = doc.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (!/^on|^srcdoc$/i.test(name)) el.setAttribute(name, value);
  el.append(...children.map((c) => grow(doc, c)));
  return el;
}
