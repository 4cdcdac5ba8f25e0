// One ProseMirror editor, in a field of the page or on a text inside the canvas.
import { baseKeymap, chainCommands, exitCode, toggleMark } from "prosemirror-commands";
import { keymap } from "prosemirror-keymap";
import { Node, type MarkType, type Schema } from "prosemirror-model";
import { liftListItem, sinkListItem, splitListItem } from "prosemirror-schema-list";
import { EditorState, NodeSelection, Selection, TextSelection, type Command, type Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { redo, undo } from "./store";
import type { Rich } from "./document";
import { chipOf, type Chip, type Shown } from "./line";
import { headingSchema, lineSchema, pasted, richSchema } from "./schema";

export interface Hooks {
  changed(doc: Rich): void;
  moved?(view: EditorView): void; // the selection or what is under it
  leave?(): void; // Escape
  slash?(): boolean; // "/" in an empty paragraph
}

// toggled takes a mark away only where all of the selection has it.
export function toggled(mark: MarkType): Command {
  return toggleMark(mark, null, { removeWhenPresent: false });
}

// shortcuts are the keys of an editor; undo belongs to the letter, not to the text.
function shortcuts(schema: Schema, hooks: Hooks): Plugin[] {
  const back: Command = () => (undo(), true);
  const forth: Command = () => (redo(), true);
  const keys: Record<string, Command> = { "Mod-z": back, "Shift-Mod-z": forth, "Mod-y": forth };
  if (hooks.leave) keys.Escape = () => (hooks.leave!(), true);
  if (schema !== richSchema) keys.Enter = () => true;
  const { strong, em, underline } = schema.marks;
  if (strong) Object.assign(keys, { "Mod-b": toggled(strong), "Mod-i": toggled(em!), "Mod-u": toggled(underline!) });
  const { hard_break: br, list_item: item } = schema.nodes;
  if (br) keys["Shift-Enter"] = chainCommands(exitCode, (state, dispatch) => (dispatch?.(state.tr.replaceSelectionWith(br.create()).scrollIntoView()), true));
  if (item) Object.assign(keys, { Enter: splitListItem(item), Tab: sinkListItem(item), "Shift-Tab": liftListItem(item) });
  if (hooks.slash) keys["/"] = (state) => state.selection.empty && state.selection.$from.parent.content.size === 0 && hooks.slash!();
  return [keymap(keys), keymap(baseKeymap)];
}

// read makes a document of the schema; what does not fit becomes its text.
function read(schema: Schema, rich: Rich | undefined): Node {
  try {
    const node = Node.fromJSON(schema, rich ?? { type: "doc", content: [{ type: "paragraph" }] });
    node.check();
    return node;
  } catch {
    const said = rich ? textOf(rich) : "";
    return Node.fromJSON(schema, { type: "doc", content: [{ type: "paragraph", ...(said ? { content: [{ type: "text", text: said }] } : {}) }] });
  }
}

function textOf(rich: Rich): string {
  return rich.text ?? (rich.content ?? []).map(textOf).join(" ");
}

export function schemaFor(type: string, field: string): Schema {
  if (field !== "rich") return lineSchema;
  return type === "heading" ? headingSchema : richSchema;
}

// mount starts an editor on an element, which becomes the text.
export function mount(el: HTMLElement, schema: Schema, rich: Rich | undefined, hooks: Hooks, attributes: Record<string, string> = {}): EditorView {
  const view: EditorView = new EditorView({ mount: el }, {
    state: EditorState.create({ doc: read(schema, rich), plugins: shortcuts(schema, hooks) }),
    attributes,
    transformPastedHTML: pasted,
    // Text pasted as text must not bring line breaks into a line.
    transformPastedText: (text) => (schema === richSchema ? text : text.replace(/\s+/g, " ")),
    dispatchTransaction(tr) {
      view.updateState(view.state.apply(tr));
      if (tr.docChanged && !tr.getMeta("sync")) hooks.changed(view.state.doc.toJSON() as Rich);
      hooks.moved?.(view);
    },
    handleDOMEvents: {
      focus: (v) => { hooks.moved?.(v); return false; },
      blur: (v) => { hooks.moved?.(v); return false; },
    },
  });
  return view;
}

// sync brings an editor to what the letter says after an undo, with the caret where it can stay.
export function sync(view: EditorView, rich: Rich | undefined): void {
  const doc = read(view.state.schema, rich);
  const start = view.state.doc.content.findDiffStart(doc.content);
  if (start === null) return;
  let { a, b } = view.state.doc.content.findDiffEnd(doc.content)!;
  const overlap = start - Math.min(a, b);
  if (overlap > 0) { a += overlap; b += overlap; }
  view.dispatch(view.state.tr.replace(start, a, doc.slice(start, b)).setMeta("sync", true));
}

// place puts the caret where the pointer was, over everything, or at the end.
export function place(view: EditorView, at?: { x: number; y: number }, all = false): void {
  const { doc, tr } = view.state;
  const hit = at && view.posAtCoords({ left: at.x, top: at.y });
  const end = Selection.atEnd(doc);
  const wanted = all ? TextSelection.between(Selection.atStart(doc).$from, end.$to) : hit ? Selection.near(doc.resolve(hit.pos)) : end;
  view.dispatch(tr.setSelection(wanted));
  view.focus();
}

// putChip writes a value at the caret, or changes the chip that is selected.
export function putChip(view: EditorView, path: string, fallback: string, shown: Shown = {}): void {
  const chip = view.state.schema.nodes.chip!.create({ path, fallback, as: shown.as ?? "", forms: shown.forms ?? [] });
  view.dispatch(view.state.tr.replaceSelectionWith(chip).scrollIntoView());
  view.focus();
}

// chipAt is the selected chip, if one is.
export function chipAt(view: EditorView): Chip | undefined {
  const sel = view.state.selection;
  return sel instanceof NodeSelection && sel.node.type.name === "chip" ? chipOf(sel.node.attrs) : undefined;
}
