// The keyboard: the same keys in the page and in the frame.
import { describe, kindOf } from "./blank";
import { find, walk } from "./document";
import { editFirst, focusBlock } from "./inplace";
import { flush } from "./save";
import { content, dialog, drop, duplicate, editing, nudge, picker, redo, said, select, selected, sheet, undo, wantsForm } from "./store";

const ways: Record<string, "up" | "down" | "left" | "right"> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

// handleKey does what a key means and stops it from meaning anything else.
export function handleKey(e: KeyboardEvent): void {
  if (dialog.value || inside(e.target, "dialog, .kc-pop")) return;
  // Fields with values keep Enter and Escape to themselves, these two are for the page all the same.
  const aside = (e.key === "Enter" && e.altKey && toSettings()) || (e.key === "Escape" && inside(e.target, ".kc-panel.right") && fromSettings());
  if (e.defaultPrevented && !aside) return;
  const typing = inside(e.target, "input, textarea, select, [contenteditable=true]");
  const done = aside || (e.ctrlKey || e.metaKey ? withControl(e) : false) || (e.altKey ? moved(e) : false) || (!typing && !e.ctrlKey && !e.metaKey && plain(e));
  if (!done) return;
  e.preventDefault();
  e.stopPropagation(); // the page has keys of its own
}

function inside(target: EventTarget | null, what: string): boolean {
  const node = target as Node | null;
  return node?.nodeType === 1 && (node as Element).closest(what) !== null;
}

function withControl(e: KeyboardEvent): boolean {
  const key = e.key.toLowerCase();
  if (key === "z") { (e.shiftKey ? redo : undo)(); return true; }
  if (key === "y") { redo(); return true; }
  if (key === "s") { void flush(); return true; }
  if (key === "d" && selected.value) { duplicate(selected.value); return true; }
  return false;
}

// toSettings goes from a block, or from its text, to its settings.
function toSettings(): boolean {
  if (!selected.value) return false;
  sheet.value = "block";
  wantsForm.value = true;
  return true;
}

// fromSettings goes back to the block; without one, Escape means what it means elsewhere.
function fromSettings(): boolean {
  if (!selected.value || sheets()) return false;
  sheet.value = "";
  focusBlock.value++;
  return true;
}

// sheets reports whether the panels are sheets that come up from below, as on a small screen.
function sheets(): boolean {
  return document.querySelector(".kc-lower")?.checkVisibility() ?? false;
}

function moved(e: KeyboardEvent): boolean {
  const way = ways[e.key];
  if (!way || !selected.value || inside(e.target, "input, textarea, .kc-panel [contenteditable=true]")) return false;
  nudge(selected.value, way);
  if (!editing.value) focusBlock.value++;
  return true;
}

function plain(e: KeyboardEvent): boolean {
  const id = selected.value;
  if (e.key === "?") { dialog.value = "keys"; return true; }
  if (e.key === "/" && content.value.mode === "blocks") { picker.value = { at: "slash" }; return true; }
  if (e.key === "Escape") return escape();
  if (!onBlocks(e.target)) return false;
  if (e.key === "ArrowDown" || e.key === "ArrowUp") { walkTo(e.key === "ArrowDown" ? 1 : -1); return true; }
  if (e.key === "Home" || e.key === "End") { walkTo(e.key === "Home" ? -Infinity : Infinity); return true; }
  if (!id) return false;
  if (e.key === "Enter") { if (!editFirst(id)) toSettings(); return true; }
  if (e.key === "Delete" || e.key === "Backspace") { removeBlock(id); return true; }
  return false;
}

// onBlocks: the key was pressed on the letter, not on a button or a panel beside it.
function onBlocks(target: EventTarget | null): boolean {
  return inside(target, "[role=listbox]") || (target as Node).ownerDocument !== document;
}

function escape(): boolean {
  const up = sheet.value !== "" && sheets();
  sheet.value = "";
  if (up) return true;
  if (!selected.value) return false;
  select(null);
  focusBlock.value++;
  return true;
}

function walkTo(by: number): void {
  const all = walk(content.value.document);
  const at = all.findIndex((f) => f.block.id === selected.value);
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  if (!next) return;
  select(next.block.id);
  said.value = describe(next.block);
  focusBlock.value++;
}

export function removeBlock(id: string): void {
  const block = find(content.value.document, id)?.block;
  if (block) drop(id, kindOf(block.type).name());
  focusBlock.value++;
}
