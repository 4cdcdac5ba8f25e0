// Rules dragged with the mouse by their grip. Whatever it does, buttons and keys do too.
import { signal } from "@preact/signals";
import { edit, focus, root } from "./store";
import { find, relocate } from "./tree";

export const target = signal<{ id: number; after: boolean } | undefined>(undefined); // where it would come to stand
let held = 0;

function ruleAt(e: DragEvent): HTMLElement | null {
  return (e.target as HTMLElement).closest<HTMLElement>("[data-rule]");
}

export function dragStart(e: DragEvent): void {
  const rule = (e.target as HTMLElement).closest(".sb-grip") && ruleAt(e);
  if (!rule || !e.dataTransfer) return e.preventDefault();
  held = Number(rule.dataset.rule);
  e.dataTransfer.effectAllowed = "move";
  e.dataTransfer.setData("text/plain", "");
  e.dataTransfer.setDragImage(rule, 12, 12);
}

export function dragOver(e: DragEvent): void {
  const rule = held ? ruleAt(e) : null;
  if (!rule) return;
  const box = rule.getBoundingClientRect(), id = Number(rule.dataset.rule), after = e.clientY > box.top + box.height / 2;
  if (relocate(root.value, held, id, after) === root.value) { target.value = undefined; return; }
  e.preventDefault();
  if (target.value?.id !== id || target.value.after !== after) target.value = { id, after };
}

export function dragDrop(e: DragEvent): void {
  const to = target.value, id = held;
  dragEnd();
  if (!to || !id) return;
  e.preventDefault();
  if (find(root.value, id)) focus.value = { id, at: 0 };
  edit((r) => relocate(r, id, to.id, to.after));
}

export function dragEnd(): void {
  held = 0;
  target.value = undefined;
}
