// The block document and the pure ways to find and place blocks in it.
export interface Rich { type: string; content?: Rich[]; text?: string; attrs?: Record<string, unknown>; marks?: { type: string; attrs?: Record<string, unknown> }[] }
export interface Style { bg?: string; padding?: number; align?: string; border?: boolean; radius?: number }

export interface Block {
  id: string;
  type: string;
  hideOn?: string;
  style?: Style;
  rich?: Rich;
  cols?: Block[][];
  [field: string]: unknown;
}

export interface Doc { v: number; lang?: string; dir?: string; theme?: Record<string, unknown>; blocks: Block[] }
export interface Content { mode: "blocks" | "mjml" | "html"; subject: string; preheader: string; document: Doc; html: string }

// Place is where a block stands: in the letter itself (parent ""), or in a column of a parent.
export interface Place { parent: string; col: number; index: number }
export interface Found { block: Block; place: Place }

// newID is a name no other block has: 48 random bits.
export function newID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return "b" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

// walk lists all blocks in reading order, those in columns after the block that holds them.
export function walk(doc: Doc): Found[] {
  return doc.blocks.flatMap((block, index) => [
    { block, place: { parent: "", col: 0, index } },
    ...(block.cols ?? []).flatMap((col, c) => col.map((b, i) => ({ block: b, place: { parent: block.id, col: c, index: i } }))),
  ]);
}

export function find(doc: Doc, id: string | null): Found | undefined {
  return id ? walk(doc).find((f) => f.block.id === id) : undefined;
}

// siblings are the blocks at a place's level; none when its parent or column is gone.
export function siblings(doc: Doc, at: { parent: string; col: number }): Block[] {
  return at.parent === "" ? doc.blocks : find(doc, at.parent)?.block.cols?.[at.col] ?? [];
}

// withSiblings replaces the blocks of one level.
function withSiblings(doc: Doc, at: { parent: string; col: number }, blocks: Block[]): Doc {
  if (at.parent === "") return { ...doc, blocks };
  return update(doc, at.parent, (b) => ({ ...b, cols: (b.cols ?? []).map((c, i) => (i === at.col ? blocks : c)) }));
}

export function insert(doc: Doc, block: Block, at: Place): Doc {
  return withSiblings(doc, at, siblings(doc, at).toSpliced(at.index, 0, block));
}

export function remove(doc: Doc, id: string): Doc {
  const found = find(doc, id);
  if (!found) return doc;
  return withSiblings(doc, found.place, siblings(doc, found.place).filter((b) => b.id !== id));
}

export function update(doc: Doc, id: string, change: (b: Block) => Block): Doc {
  const each = (b: Block): Block => {
    if (b.id === id) return change(b);
    return b.cols ? { ...b, cols: b.cols.map((col) => col.map(each)) } : b;
  };
  return { ...doc, blocks: doc.blocks.map(each) };
}

// copy is the block again under new names.
export function copy(block: Block): Block {
  const twin = structuredClone(block);
  return { ...twin, id: newID(), ...(twin.cols ? { cols: twin.cols.map((col) => col.map(copy)) } : {}) };
}

// fits says whether a block of that type may stand there: columns do not nest, the footer stays last.
export function fits(doc: Doc, type: string, at: Place): boolean {
  if (type === "footer") return false;
  if (at.parent !== "") return type !== "columns";
  const end = doc.blocks.findIndex((b) => b.type === "footer");
  return end < 0 || at.index <= end;
}

// after is the place behind a block; without one, the end of the letter. The footer stays behind it.
export function after(doc: Doc, id: string | null, type: string): Place {
  const found = find(doc, id);
  const end = doc.blocks.findIndex((b) => b.type === "footer");
  const last = { parent: "", col: 0, index: end < 0 ? doc.blocks.length : end };
  if (!found || found.block.type === "footer") return last;
  const next = { ...found.place, index: found.place.index + 1 };
  if (fits(doc, type, next)) return next;
  const parent = find(doc, found.place.parent);
  return parent ? { ...parent.place, index: parent.place.index + 1 } : last;
}

// step is where Alt+arrow takes a block: past its neighbour, out of its column, or into the one beside it.
export function step(doc: Doc, id: string, way: "up" | "down" | "left" | "right"): Place | undefined {
  const found = find(doc, id);
  if (!found || found.block.type === "footer") return undefined;
  const to = way === "up" || way === "down" ? vertical(doc, found, way) : sideways(doc, found, way);
  return to && fits(doc, found.block.type, to) ? to : undefined;
}

// vertical counts places as they are once the block is taken out, as the move command does.
function vertical(doc: Doc, { place }: Found, way: "up" | "down"): Place | undefined {
  const index = place.index + (way === "up" ? -1 : 1);
  const level = siblings(doc, place);
  if (index >= 0 && index < level.length) return level[index]!.type === "footer" ? undefined : { ...place, index };
  const parent = find(doc, place.parent);
  if (!parent) return undefined;
  return { ...parent.place, index: parent.place.index + (way === "up" ? 0 : 1) };
}

function sideways(doc: Doc, { block, place }: Found, way: "left" | "right"): Place | undefined {
  if (block.type === "columns") return undefined;
  if (place.parent !== "") {
    const col = place.col + (way === "left" ? -1 : 1);
    const cols = find(doc, place.parent)?.block.cols ?? [];
    return cols[col] ? { parent: place.parent, col, index: Math.min(place.index, cols[col].length) } : undefined;
  }
  const beside = [doc.blocks[place.index - 1], doc.blocks[place.index + 1]].find((b) => b?.type === "columns");
  if (!beside?.cols?.length) return undefined;
  const col = way === "left" ? beside.cols.length - 1 : 0;
  return { parent: beside.id, col, index: beside.cols[col]!.length };
}

// richText is what a rich text says, chips as their path.
export function richText(rich: Rich | undefined): string {
  if (!rich) return "";
  if (rich.type === "text") return rich.text ?? "";
  if (rich.type === "chip") return String(rich.attrs?.path ?? "");
  return (rich.content ?? []).map(richText).join(rich.type === "doc" ? " " : "");
}
