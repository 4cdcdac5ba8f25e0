// Where the blocks of the drawn letter are, in pixels of the stage that holds the frame.
import { signal } from "@preact/signals";
import { walk, type Block, type Doc } from "./document";
import { content } from "./store";

export interface Rect { x: number; y: number; w: number; h: number }

export const frameDoc = signal<Document | null>(null); // the letter on show
export const rects = signal<Map<string, Rect>>(new Map());
export const cols = signal<Map<string, Rect[]>>(new Map()); // of each columns block
export const scale = signal(1);
export const height = signal(480); // of the letter, unscaled
export const hovered = signal<string | null>(null);

// elements of the page that others measure against; set by the canvas.
export const parts: { stage: HTMLElement | null; scroller: HTMLElement | null } = { stage: null, scroller: null };

let asked = 0;

// measure looks again, once, before the next frame is painted.
export function measure(): void {
  cancelAnimationFrame(asked);
  asked = requestAnimationFrame(look);
}

function look(): void {
  const doc = frameDoc.value;
  if (!doc?.body) return;
  height.value = bottom(doc);
  const found = new Map<string, Rect>();
  for (const el of doc.querySelectorAll<HTMLElement>("[data-block]")) {
    const id = el.dataset.block!;
    found.set(id, union(found.get(id), rectOf(el)));
  }
  rects.value = found;
  cols.value = columnsOf(doc, content.value.document, found);
}

// bottom is the end of the content: the body itself may be as tall as the frame.
function bottom(doc: Document): number {
  const ends = Array.from(doc.body.children, (c) => c.getBoundingClientRect().bottom);
  const margin = parseFloat(doc.defaultView!.getComputedStyle(doc.body).marginBottom) || 0;
  return Math.max(200, Math.ceil(Math.max(0, ...ends) + doc.defaultView!.scrollY + margin));
}

function rectOf(el: Element): Rect {
  const r = el.getBoundingClientRect();
  const s = scale.value;
  return { x: r.left * s, y: r.top * s, w: r.width * s, h: r.height * s };
}

function union(a: Rect | undefined, b: Rect): Rect {
  if (!a || a.h === 0) return b;
  const x = Math.min(a.x, b.x), y = Math.min(a.y, b.y);
  return { x, y, w: Math.max(a.x + a.w, b.x + b.w) - x, h: Math.max(a.y + a.h, b.y + b.h) - y };
}

function columnsOf(doc: Document, letter: Doc, found: Map<string, Rect>): Map<string, Rect[]> {
  const all = new Map<string, Rect[]>();
  for (const { block } of walk(letter)) {
    const whole = found.get(block.id);
    if (!block.cols || !whole) continue;
    const drawn = Array.from(doc.querySelectorAll(`[data-column^="${CSS.escape(block.id)}/"]`), rectOf);
    all.set(block.id, drawn.length === block.cols.length ? drawn : shares(block, whole));
  }
  return all;
}

const parts100: Record<string, number[]> = { "50-50": [50, 50], "33x3": [33.3, 33.3, 33.4], "33-67": [33.3, 66.7], "67-33": [66.7, 33.3] };

// shares divides a columns block by its layout, for a letter that does not mark its columns.
function shares(block: Block, whole: Rect): Rect[] {
  let x = whole.x;
  return (parts100[String(block.layout)] ?? block.cols!.map(() => 100 / block.cols!.length)).map((percent) => {
    const w = (whole.w * percent) / 100;
    x += w;
    return { x: x - w, y: whole.y, w, h: whole.h };
  });
}
