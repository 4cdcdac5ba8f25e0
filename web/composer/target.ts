// Where a thing dropped on the letter goes: pure arithmetic over rectangles.
import { fits, type Block, type Doc, type Place } from "./document";
import type { Rect } from "./measure";

export interface Target { place: Place; line: Rect }

const EDGE = 10; // px at the top and bottom of columns that mean "before" and "after" them

// targetAt is the place under a point for a block of that type; `moving` is left out of the count.
export function targetAt(doc: Doc, rects: Map<string, Rect>, cols: Map<string, Rect[]>, type: string, x: number, y: number, moving = ""): Target | undefined {
  if (type !== "columns") {
    for (const block of doc.blocks) {
      const whole = rects.get(block.id);
      const columns = cols.get(block.id);
      if (!whole || !columns || y < whole.y + EDGE || y > whole.y + whole.h - EDGE) continue;
      const col = nearest(columns, x, y);
      return among(block.cols![col]!, { parent: block.id, col }, columns[col]!, rects, y, moving);
    }
  }
  const all = bounds(doc, rects);
  const target = all && among(doc.blocks, { parent: "", col: 0 }, all, rects, y, moving);
  return target && fits(doc, type, target.place) ? target : undefined;
}

function among(blocks: Block[], level: { parent: string; col: number }, box: Rect, rects: Map<string, Rect>, y: number, moving: string): Target {
  const seen = blocks.filter((b) => b.type !== "footer" && rects.get(b.id)?.h);
  const next = seen.find((b) => y < rects.get(b.id)!.y + rects.get(b.id)!.h / 2);
  const before = blocks.filter((b) => b.id !== moving);
  const footer = before.findIndex((b) => b.type === "footer");
  const at = next ? blocks.indexOf(next) - (blocks.findIndex((b) => b.id === moving) >= 0 && blocks.findIndex((b) => b.id === moving) < blocks.indexOf(next) ? 1 : 0)
    : footer >= 0 ? footer : before.length;
  const last = seen.at(-1);
  const edge = next ? rects.get(next.id)!.y : last ? rects.get(last.id)!.y + rects.get(last.id)!.h : box.y + box.h / 2;
  return { place: { ...level, index: at }, line: { x: box.x, y: edge, w: box.w, h: 0 } };
}

function nearest(boxes: Rect[], x: number, y: number): number {
  const away = boxes.map((b) => Math.hypot(Math.max(b.x - x, 0, x - b.x - b.w), Math.max(b.y - y, 0, y - b.y - b.h)));
  return away.indexOf(Math.min(...away));
}

function bounds(doc: Doc, rects: Map<string, Rect>): Rect | undefined {
  const own = doc.blocks.map((b) => rects.get(b.id)).filter((r): r is Rect => !!r && r.h > 0);
  if (own.length === 0) return { x: 0, y: 0, w: 600, h: 80 };
  const x = Math.min(...own.map((r) => r.x)), y = Math.min(...own.map((r) => r.y));
  return { x, y, w: Math.max(...own.map((r) => r.x + r.w)) - x, h: Math.max(...own.map((r) => r.y + r.h)) - y };
}
