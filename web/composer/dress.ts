// What the letter in the frame needs to be worked on: a few styles, and listeners that the page owns.
import { dropFiles, picturesOf } from "./images";
import { hasText } from "./inplace";
import { placeAt, target } from "./drag";
import { handleKey } from "./keys";
import { hovered, parts, scale } from "./measure";
import { edit, editing, endEdit, select, selected, sheet } from "./store";

const styles = `
  html { overflow: hidden; } body { cursor: default; }
  [data-edit] { cursor: text; } a { cursor: default; }
  [data-ks-edit] { outline: none; white-space: pre-wrap; overflow-wrap: break-word; cursor: text; }
  [data-ks-edit] p { margin: 0; font: inherit; color: inherit; line-height: inherit; letter-spacing: inherit; text-align: inherit; }
  [data-ks-edit] p:only-child:has(> br.ProseMirror-trailingBreak:only-child)::before { content: var(--ks-hint); opacity: .5; }
  .ks-chip { background: color-mix(in srgb, currentColor 12%, transparent); border-radius: 1em; padding: .05em .55em; white-space: nowrap; cursor: pointer; font-size: .92em; }
  .ks-chip.ProseMirror-selectednode { outline: 2px solid #2f6fed; outline-offset: 1px; }
  .ProseMirror-separator { display: inline !important; border: none !important; margin: 0 !important; width: 0 !important; height: 0 !important; }
  ::selection { background: color-mix(in srgb, #2f6fed 30%, transparent); }
`;

export function dress(doc: Document): void {
  const style = doc.createElement("style");
  style.textContent = styles;
  doc.head.append(style);
  doc.addEventListener("click", (e) => e.preventDefault()); // links of a letter lead nowhere here
  doc.addEventListener("submit", (e) => e.preventDefault());
  doc.addEventListener("mousedown", (e) => press(e));
  doc.addEventListener("pointermove", (e) => { hovered.value = blockAt(e.target); });
  doc.documentElement.addEventListener("pointerleave", () => { hovered.value = null; });
  doc.addEventListener("keydown", (e) => handleKey(e));
  doc.addEventListener("dragover", (e) => over(e));
  doc.addEventListener("drop", (e) => dropped(e));
  doc.addEventListener("paste", (e) => pasted(e), true); // before the text that is being written takes it
}

function blockAt(target: EventTarget | null): string | null {
  return element(target)?.closest<HTMLElement>("[data-block]")?.dataset.block ?? null;
}

// element: a node of the frame is no instance of the page's classes.
function element(target: EventTarget | null): Element | null {
  const node = target as Node | null;
  return node?.nodeType === 1 ? (node as Element) : node?.parentElement ?? null;
}

// press selects the block under the pointer and, on a text, starts to write there.
function press(e: MouseEvent): void {
  if (e.button !== 0) return;
  const id = blockAt(e.target);
  const part = element(e.target)?.closest<HTMLElement>("[data-edit]");
  const field = part?.dataset.edit;
  // Pages hear of presses in the frame too, so that menus close.
  document.dispatchEvent(new PointerEvent("pointerdown"));
  if (!id) { endEdit(); select(null); return; }
  if (field && editing.value?.id === id && editing.value.field === field) return; // the editor's own
  const own = field && part?.closest<HTMLElement>("[data-block]")?.dataset.block === id;
  e.preventDefault();
  if (own && hasText(id, field)) edit({ id, field, at: { x: e.clientX, y: e.clientY } });
  else select(id);
  if (sheet.value === "add") sheet.value = "";
}

function over(e: DragEvent): void {
  if (!e.dataTransfer?.types.includes("Files")) return;
  e.preventDefault();
  const at = inPage(e);
  target.value = placeAt("image", at.x, at.y) ?? null;
}

function dropped(e: DragEvent): void {
  const files = [...(e.dataTransfer?.files ?? [])];
  if (files.length === 0) return;
  e.preventDefault();
  const to = target.value?.place;
  target.value = null;
  const id = blockAt(e.target);
  void dropFiles(files, id, to);
}

function pasted(e: ClipboardEvent): void {
  const files = picturesOf(e.clipboardData);
  if (files.length === 0) return;
  e.preventDefault();
  e.stopPropagation();
  void dropFiles(files, selected.value);
}

function inPage(e: DragEvent): { x: number; y: number } {
  const stage = parts.stage!.getBoundingClientRect();
  return { x: stage.left + e.clientX * scale.value, y: stage.top + e.clientY * scale.value };
}

