// The one state of the composer, as signals, and the only ways to change it.
import { batch, computed, signal } from "@preact/signals";
import type { Command } from "./commands";
import { after, copy, find, step, type Block, type Content, type Place } from "./document";
import { History } from "./history";
import { props, t, type Problem } from "./props";

export interface Edit { id: string; field: string; at?: { x: number; y: number }; all?: boolean }
export interface Toast { id: number; text: string; undo?: boolean; bad?: boolean }
export type Sheet = "" | "add" | "block" | "letter";

let history: History;

export const content = signal<Content>(undefined as unknown as Content);
export const selected = signal<string | null>(null);
export const editing = signal<Edit | null>(null); // the text with the caret in the canvas
export const device = signal<"desktop" | "phone">("desktop");
export const dark = signal(false);
export const sheet = signal<Sheet>(""); // which panel is open on a small screen
export const picker = signal<{ at: "slash" | "plus" } | null>(null); // the insert menu
export const dialog = signal<"" | "media" | "preflight" | "preview" | "test" | "keys" | "reuse" | "import" | "versions" | "designs" | "design" | "more">("");
export const problems = signal<Problem[]>([]);
export const sizeKB = signal(0);
export const toasts = signal<Toast[]>([]);
export const canUndo = signal(false);
export const canRedo = signal(false);
export const drawn = signal(0); // grows when the canvas must be drawn again
export const wantsSubject = signal(false); // the subject is to have the caret
export const wantsForm = signal(false); // the settings of the block are to have the focus
export const said = signal(""); // what a screen reader is told

export const block = computed(() => (content.value ? find(content.value.document, selected.value)?.block : undefined));

let stale = false; // changed in place: the canvas already shows it, the server has not drawn it

// begin starts the state; called once.
export function begin(first: Content): void {
  history = new History(first);
  content.value = first;
}

// run applies a command. Commands with the same key close together are undone as one;
// one made in place, by typing in the canvas, does not draw the canvas again.
export function run(command: Command, { key = "", inPlace = false } = {}): boolean {
  if (props.over || !history.run(command, key)) return false;
  settle(inPlace);
  return true;
}

export function undo(): void {
  if (history.undo()) settle(false);
}

export function redo(): void {
  if (history.redo()) settle(false);
}

function settle(inPlace: boolean): void {
  batch(() => {
    content.value = history.content;
    canUndo.value = history.canUndo;
    canRedo.value = history.canRedo;
    if (!find(history.content.document, selected.value)) selected.value = null;
    if (inPlace) stale = true;
    else drawn.value++;
  });
}

// select chooses a block, or none, and ends the edit of any other.
export function select(id: string | null): void {
  if (editing.value && editing.value.id !== id) endEdit();
  selected.value = id;
}

export function edit(next: Edit): void {
  if (props.over) return select(next.id);
  batch(() => {
    if (editing.value) endEdit();
    selected.value = next.id;
    editing.value = next;
  });
}

export function endEdit(): void {
  if (!editing.value) return;
  editing.value = null;
  if (stale) drawn.value++;
  stale = false;
}

// add puts a new block somewhere, by default after the selected one, and selects it.
export function add(fresh: Block, at: Place = after(content.value.document, selected.value, fresh.type)): void {
  endEdit();
  if (!run({ do: "insert", block: fresh, at })) return;
  sheet.value = "";
  const texted = fresh.type === "heading" || fresh.type === "text";
  if (texted) edit({ id: fresh.id, field: "rich", all: true });
  else select(fresh.id);
}

export function duplicate(id: string): void {
  const found = find(content.value.document, id);
  if (!found || found.block.type === "footer") return;
  const twin = copy(found.block);
  run({ do: "insert", block: twin, at: { ...found.place, index: found.place.index + 1 } });
  select(twin.id);
}

// drop takes a block away and leaves the selection on its neighbour.
export function drop(id: string, name: string): void {
  const found = find(content.value.document, id);
  if (!found || found.block.type === "footer") return;
  endEdit();
  const level = found.place.parent ? find(content.value.document, found.place.parent)!.block.cols![found.place.col]! : content.value.document.blocks;
  const next = level[found.place.index + 1] ?? level[found.place.index - 1];
  run({ do: "remove", id });
  select(next?.id ?? null);
  toast(t("%s deleted", name), { undo: true });
}

export function nudge(id: string, way: "up" | "down" | "left" | "right"): void {
  const to = step(content.value.document, id, way);
  if (!to || !run({ do: "move", id, to })) return;
  said.value = t("Moved to place %d", to.index + 1);
}

let toastID = 0;

// toast shows a line for ten seconds.
export function toast(text: string, { undo = false, bad = false } = {}): void {
  const id = ++toastID;
  toasts.value = [...toasts.value.filter((x) => !x.undo || !undo), { id, text, undo, bad }];
  setTimeout(() => dismiss(id), 10_000);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((x) => x.id !== id);
}
