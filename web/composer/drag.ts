// Dragging with mouse or pen: from the palette into the letter, or a block by its handle.
// Pointer capture keeps the pointer ours over the frame. Touch taps and uses buttons instead.
import { signal } from "@preact/signals";
import type { Block } from "./document";
import { cols, parts, rects } from "./measure";
import { targetAt, type Target } from "./target";
import { add, content, run, select } from "./store";

export interface Load { type: string; name: string; id?: string; make?: () => Block }

export const ghost = signal<{ name: string; x: number; y: number } | null>(null);
export const target = signal<Target | null>(null);

const FAR = 6; // px before a press is a drag
let timer = 0;

// grab begins on pointerdown; a press that does not travel stays a click.
export function grab(e: PointerEvent, load: Load): void {
  if (e.pointerType === "touch" || e.button !== 0) return;
  const el = e.currentTarget as HTMLElement;
  el.setPointerCapture(e.pointerId); // at once: a quick hand leaves the handle with its first move
  parts.stage!.classList.add("held");
  const from = { x: e.clientX, y: e.clientY };
  const move = (m: PointerEvent) => {
    if (!ghost.value && Math.hypot(m.clientX - from.x, m.clientY - from.y) < FAR) return;
    const whole = el.closest(".kc")!.getBoundingClientRect();
    ghost.value = { name: load.name, x: m.clientX - whole.left, y: m.clientY - whole.top };
    aim(load, m.clientX, m.clientY);
  };
  const end = (done: boolean) => {
    for (const [name, call] of listeners) el.removeEventListener(name, call);
    document.removeEventListener("keydown", escape, true);
    clearInterval(timer);
    parts.stage!.classList.remove("held");
    if (ghost.value) swallowClick(el);
    if (done && ghost.value && target.value) land(load, target.value);
    ghost.value = target.value = null;
  };
  const escape = (k: KeyboardEvent) => { if (k.key === "Escape") { k.stopPropagation(); end(false); } };
  const listeners: [string, EventListener][] = [
    ["pointermove", move as EventListener], ["pointerup", () => end(true)], ["pointercancel", () => end(false)], ["lostpointercapture", () => end(false)],
  ];
  for (const [name, call] of listeners) el.addEventListener(name, call);
  document.addEventListener("keydown", escape, true);
}

function aim(load: Load, x: number, y: number): void {
  const stage = parts.stage!.getBoundingClientRect();
  const over = parts.scroller!.getBoundingClientRect();
  const inside = x > over.left && x < over.right && y > over.top && y < over.bottom;
  target.value = inside
    ? targetAt(content.value.document, rects.value, cols.value, load.type, x - stage.left, y - stage.top, load.id) ?? null : null;
  clearInterval(timer);
  const speed = !inside ? 0 : y < over.top + 60 ? -12 : y > over.bottom - 60 ? 12 : 0;
  if (speed) timer = window.setInterval(() => { parts.scroller!.scrollTop += speed; }, 16);
}

function land(load: Load, to: Target): void {
  if (load.make) return add(load.make(), to.place);
  run({ do: "move", id: load.id!, to: to.place });
  select(load.id!);
}

// swallowClick drops the click that follows a drag.
function swallowClick(el: HTMLElement): void {
  const stop = (e: Event) => { e.stopPropagation(); e.preventDefault(); };
  el.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => el.removeEventListener("click", stop, true));
}

// placeAt is where a dropped file goes.
export function placeAt(type: string, clientX: number, clientY: number): Target | undefined {
  const stage = parts.stage!.getBoundingClientRect();
  return targetAt(content.value.document, rects.value, cols.value, type, clientX - stage.left, clientY - stage.top);
}
