// Find and replace in the code: a panel above it; every place is marked, the one that is chosen more than the others.
import { StateEffect, StateField, type EditorState, type Extension, type SelectionRange, type Text } from "@codemirror/state";
import { Decoration, EditorView, getPanel, keymap, showPanel, type Panel, type ViewUpdate } from "@codemirror/view";

export type Say = (english: string, ...args: (string | number)[]) => string;

interface Place { from: number; to: number }
interface Search { text: string; exact: boolean; open: boolean; found: Place[] }

const MOST = 5000; // places that are marked, of those on the screen
const PREFILL = 100; // letters of a choice that is looked for at once

const ask = StateEffect.define<Partial<Search>>();

const search = StateField.define<Search>({
  create: () => ({ text: "", exact: false, open: false, found: [] }),
  update(held, tr) {
    const asked = tr.effects.find((e) => e.is(ask))?.value as Partial<Search> | undefined;
    if (!asked && (!tr.docChanged || !held.open)) return held;
    const next = { ...held, ...asked };
    return { ...next, found: next.open ? places(tr.newDoc, next) : [] };
  },
  provide: (field) => EditorView.decorations.from(field, ({ found }) => (view) => {
    const { from, to } = view.viewport;
    const seen = found.filter((p) => p.to >= from && p.from <= to).slice(0, MOST);
    return Decoration.set(seen.map((p) => (chosen(view.state.selection.main, p) ? here : mark).range(p.from, p.to)));
  }),
});

const mark = Decoration.mark({ class: "kc-found" });
const here = Decoration.mark({ class: "kc-found on" });

function places(doc: Text, { text, exact }: Search): Place[] {
  if (!text) return [];
  const words = new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), exact ? "g" : "gi");
  return Array.from(doc.toString().matchAll(words), (m) => ({ from: m.index, to: m.index + m[0].length }));
}

const chosen = (range: SelectionRange, p: Place) => range.from === p.from && range.to === p.to;
const held = (state: EditorState) => state.field(search);

// step goes to the next place or the one before, round the end; still stays where the choice is when it is one.
function step(view: EditorView, way: 1 | -1, still = false): boolean {
  const { found } = held(view.state), { from, to } = view.state.selection.main;
  const next = way > 0 ? found.find((p) => p.from >= (still ? from : to)) ?? found[0] : found.findLast((p) => p.to <= from) ?? found.at(-1);
  if (next) view.dispatch({ selection: { anchor: next.from, head: next.to }, effects: EditorView.scrollIntoView(next.from, { y: "center" }) });
  return true;
}

// find opens the panel, or gives it the focus; what is chosen is looked for.
export function find(view: EditorView): boolean {
  const { from, to } = view.state.selection.main;
  const text = view.state.sliceDoc(from, Math.min(to, from + PREFILL));
  view.dispatch({ effects: ask.of({ open: true, ...(text && !text.includes("\n") ? { text } : {}) }) });
  const input = getPanel(view, panel)?.dom.querySelector("input");
  input?.focus();
  input?.select();
  return true;
}

function close(view: EditorView): boolean {
  if (!held(view.state).open) return false;
  view.dispatch({ effects: ask.of({ open: false }) });
  view.focus();
  return true;
}

// replace puts other words in place of the chosen one, and goes on to the next.
function replace(view: EditorView, insert: string): void {
  const { main } = view.state.selection;
  if (held(view.state).found.some((p) => chosen(main, p))) view.dispatch({ changes: { from: main.from, to: main.to, insert }, selection: { anchor: main.from + insert.length } });
  step(view, 1);
}

let say: Say = (english) => english;

// panel is drawn anew each time it is opened.
function panel(view: EditorView): Panel {
  const dom = el("div", { class: "kc-find", role: "search" });
  const { text, exact } = held(view.state);
  const words = field(say("Find"), text), other = field(say("Replace with"), "");
  const capitals = el("input", { type: "checkbox" });
  capitals.checked = exact;
  const status = el("span", { class: "kc-hint", role: "status" });
  const look = () => { view.dispatch({ effects: ask.of({ text: words.value, exact: capitals.checked }) }); step(view, 1, true); };
  words.oninput = capitals.onchange = look;
  const go = (way: 1 | -1) => () => { step(view, way); };
  const first = el("div", {}, words, status, button("chevron-up", say("The one before"), go(-1)), button("chevron-down", say("The next one"), go(1)), button("x", say("Close"), () => { close(view); }));
  const all = () => {
    const { found } = held(view.state);
    view.dispatch({ changes: found.map((p) => ({ ...p, insert: other.value })) });
    status.textContent = say("Replaced: %d", found.length);
  };
  const second = el("div", {}, other, worded(say("Replace"), () => replace(view, other.value)), worded(say("Replace all"), all));
  dom.append(first, ...(view.state.readOnly ? [] : [second]), el("label", { class: "kc-check" }, capitals, say("Capitals as written")));
  dom.onkeydown = (e) => {
    if (e.isComposing) return; // Enter chooses a word there
    const typing = e.target === words || e.target === other;
    if (typing && (e.ctrlKey || e.metaKey) && /^[zy]$/i.test(e.key)) return e.stopPropagation(); // the field's own undo, not the letter's
    if (e.key === "Escape") close(view);
    else if (e.key === "Enter" && e.target === words) step(view, e.shiftKey ? -1 : 1);
    else if (e.key === "Enter" && e.target === other) replace(view, other.value);
    else if ((e.ctrlKey || e.metaKey) && e.key === "f") words.select();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const update = (u?: ViewUpdate) => {
    const now = held(view.state);
    if (u && u.startState.field(search).text !== now.text && words.value !== now.text) words.value = now.text;
    if (!u || u.selectionSet || u.startState.field(search) !== now) status.textContent = count(view.state);
  };
  update();
  return { dom, top: true, update };
}

// count is which of how many places is chosen.
function count(state: EditorState): string {
  const { text, found } = held(state);
  if (!text) return "";
  if (found.length === 0) return say("Nothing found.");
  return say("%d of %d", found.findIndex((p) => chosen(state.selection.main, p)) + 1, found.length);
}

function el<T extends keyof HTMLElementTagNameMap>(tag: T, attrs: Record<string, string>, ...children: (Node | string)[]): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function field(label: string, value: string): HTMLInputElement {
  const input = el("input", { class: "kc-input", type: "text", "aria-label": label, placeholder: label, spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  input.value = value;
  return input;
}

function button(icon: string, label: string, press: () => void): HTMLButtonElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "kc-icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/icons.svg#${icon}`);
  svg.append(use);
  const made = el("button", { type: "button", class: "kc-ib", "aria-label": label, title: label }, svg);
  made.onclick = press;
  return made;
}

function worded(label: string, press: () => void): HTMLButtonElement {
  const made = el("button", { type: "button", class: "kc-btn" }, label);
  made.onclick = press;
  return made;
}

// finding brings the panel and its keys into an editor.
export function finding(words: Say): Extension {
  say = words;
  return [
    search, showPanel.compute([search], (state) => (held(state).open ? panel : null)),
    keymap.of([
      { key: "Mod-f", run: find }, { key: "Escape", run: close },
      { key: "Mod-g", run: (v) => held(v.state).open && step(v, 1), shift: (v) => held(v.state).open && step(v, -1) },
      { key: "F3", run: (v) => held(v.state).open && step(v, 1), shift: (v) => held(v.state).open && step(v, -1) },
    ]),
  ];
}
