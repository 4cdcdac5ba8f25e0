// Writing in the letter itself: the text with the caret becomes an editor inside the frame.
import { effect, signal, untracked } from "@preact/signals";
import type { Node as PMNode } from "prosemirror-model";
import { Selection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { find, type Rich } from "./document";
import { fieldText } from "./blank";
import { mount, place, schemaFor, sync } from "./editor";
import { toLine, toRich } from "./line";
import { frameDoc, measure } from "./measure";
import { t } from "./props";
import { content, edit, editing, endEdit, picker, run, type Edit } from "./store";

// text is the editor with the caret; it is set anew when its selection changes.
export const text = signal<{ view: EditorView } | null>(null);
export const focusBlock = signal(0); // grows when the keyboard goes back to the block

interface Open { view: EditorView; el: HTMLElement; before: Node[]; first: PMNode; edit: Edit }
let open: Open | null = null;

// follow keeps the editor with the edit and the frame as both change.
export function follow(): () => void {
  const stops = [
    effect(() => {
      const doc = frameDoc.value, wanted = editing.value;
      untracked(() => change(doc, wanted));
    }),
    effect(() => {
      const document = content.value.document;
      if (open) sync(open.view, richOf(find(document, open.edit.id)?.block, open.edit.field));
    }),
  ];
  return () => { stops.forEach((stop) => stop()); close(); };
}

function change(doc: Document | null, wanted: Edit | null): void {
  const kept = open && wanted && open.edit.id === wanted.id && open.edit.field === wanted.field;
  if (kept && open!.el.ownerDocument === doc) return;
  const selection = kept ? open!.view.state.selection.toJSON() : undefined;
  close();
  if (doc && wanted) start(doc, wanted, selection);
}

function start(doc: Document, wanted: Edit, selection?: unknown): void {
  const block = find(content.value.document, wanted.id)?.block;
  const el = editable(doc, wanted.id, wanted.field);
  if (!block || !el) return; // a new block is not drawn yet: the next drawing starts it
  const before = Array.from(el.childNodes, (n) => n.cloneNode(true));
  copyLook(doc, el);
  // What the server says in place of an empty field is seen, faint, while the field is empty.
  el.style.setProperty("--ks-hint", JSON.stringify(fieldText(block, wanted.field) === "" ? el.textContent : ""));
  const view = mount(el, schemaFor(block.type, wanted.field), richOf(block, wanted.field), {
    changed: (rich) => write(wanted, rich),
    moved: (v) => { if (open?.view === v) text.value = { view: v }; },
    leave: () => { endEdit(); focusBlock.value++; },
    slash: () => { picker.value = { at: "slash" }; return true; },
  }, { "data-ks-edit": "", role: "textbox", "aria-multiline": "true", "aria-label": t("Text of the letter") });
  open = { view, el, before, first: view.state.doc, edit: wanted };
  if (selection) {
    try { view.dispatch(view.state.tr.setSelection(Selection.fromJSON(view.state.doc, selection))); } catch { /* the text got shorter */ }
    view.focus();
  } else place(view, wanted.at, wanted.all);
  text.value = { view };
  measure();
}

function write(at: Edit, rich: Rich): void {
  const value = at.field === "rich" ? rich : toLine(rich);
  run({ do: "set", id: at.id, path: at.field, value }, { key: `type ${at.id} ${at.field}`, inPlace: true });
}

function close(): void {
  if (!open) return;
  const { view, el, before, first } = open;
  open = null;
  // Until the server has drawn the new text, what was written stays to be seen.
  const shown = Array.from(el.childNodes, (n) => n.cloneNode(true));
  const changed = !view.state.doc.eq(first);
  view.destroy();
  el.style.removeProperty("--ks-hint");
  el.removeAttribute("contenteditable");
  el.classList.remove("ProseMirror", "ProseMirror-focused");
  el.replaceChildren(...(changed ? shown : before));
  if (changed) el.dataset.ksEdit = ""; else delete el.dataset.ksEdit;
  text.value = null;
}

function richOf(block: { rich?: Rich; [k: string]: unknown } | undefined, field: string): Rich | undefined {
  if (field === "rich") return block?.rich;
  return toRich(block ? String(block[field] ?? "") : "");
}

export function editable(doc: Document, id: string, field: string): HTMLElement | null {
  const block = `[data-block="${CSS.escape(id)}"]`, part = `[data-edit="${CSS.escape(field)}"]`;
  return doc.querySelector<HTMLElement>(`${block} ${part}, ${block}${part}`);
}

// editFirst puts the caret into the first text of a block; false when it has none in the canvas.
export function editFirst(id: string): boolean {
  const doc = frameDoc.value;
  const block = doc?.querySelector<HTMLElement>(`[data-block="${CSS.escape(id)}"]`);
  const el = block?.matches("[data-edit]") ? block : block?.querySelector<HTMLElement>("[data-edit]");
  const owner = el?.closest<HTMLElement>("[data-block]")?.dataset.block;
  if (!el || owner !== id) return false;
  edit({ id, field: el.dataset.edit! });
  return true;
}

// hasText says whether a field can be written in place: shown, and ours to write.
export function hasText(id: string, field: string): boolean {
  const block = find(content.value.document, id)?.block;
  return !!block && (field === "rich" ? !!block.rich : typeof block[field] === "string" || fieldText(block, field) === "");
}

const look = ["margin", "padding", "font", "line-height", "letter-spacing", "color", "text-align", "text-decoration"];

// copyLook gives the editor's own paragraphs, lists and links the look of those the server drew.
function copyLook(doc: Document, el: HTMLElement): void {
  const rules = ["p", "ul", "ol", "li", "a"].flatMap((tag) => {
    const all = el.querySelectorAll(tag);
    if (all.length === 0 || (tag === "a" && el.tagName === "A")) return [];
    const rule = (at: Element, which: string) => {
      const style = doc.defaultView!.getComputedStyle(at);
      return `[data-ks-edit] ${tag}${which} { ${look.map((p) => `${p}: ${style.getPropertyValue(p)};`).join(" ")} }`;
    };
    return tag === "p" ? [rule(all[0]!, ""), rule(all[all.length - 1]!, ":last-child")] : [rule(all[0]!, "")];
  });
  let sheet = doc.getElementById("ks-look");
  if (!sheet) {
    sheet = doc.createElement("style");
    sheet.id = "ks-look";
    doc.head.append(sheet);
  }
  sheet.textContent = rules.join("\n");
}
