// The code editor: a bundle of its own, fetched when a letter is written in code.
import { autocompletion, type Completion } from "@codemirror/autocomplete";
import { html } from "@codemirror/lang-html";
import { liquid } from "@codemirror/lang-liquid";
import { HighlightStyle, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorSelection, EditorState, type ChangeSpec } from "@codemirror/state";
import {
  EditorView, crosshairCursor, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, placeholder, rectangularSelection,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { mjmlTags } from "./editor/mjml";
import { find, finding, type Say } from "./editor/search";

export interface Mark { line: number; column: number; text: string; level: "warn" | "fail" }

export interface Options {
  parent: HTMLElement;
  text: string;
  mode: "mjml" | "html";
  label: string; // what a screen reader calls the field
  hint: string; // what an empty one says
  nonce: string; // of the page's style policy
  readOnly: boolean;
  values: { path: string; label: string }[]; // merge tags to offer
  t: Say; // says an English sentence in the reader's language
  change: (text: string) => void;
}

export interface Editor {
  set(text: string): void;
  mode(mode: "mjml" | "html"): void;
  mark(all: Mark[]): void;
  go(line: number, column: number): void;
  insert(text: string): void;
  find(): void;
  close(): void;
}

// open makes an editor in the parent. Escape and then Tab leaves it, for those who use the keyboard alone.
export function open(o: Options): Editor {
  const language = new Compartment();
  const { t } = o;
  let own = true; // a change that was made here, not handed in
  const view = new EditorView({
    parent: o.parent,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        o.nonce ? EditorView.cspNonce.of(o.nonce) : [],
        EditorState.phrases.of({ Completions: t("Suggestions"), Diagnostics: t("To put right"), "Control character": t("Invisible character"), close: t("Close") }), EditorState.readOnly.of(o.readOnly), EditorState.tabSize.of(2), indentUnit.of("  "),
        EditorState.allowMultipleSelections.of(true),
        lineNumbers(), lintGutter(), highlightActiveLineGutter(), highlightSpecialChars(), drawSelection(), dropCursor(), rectangularSelection(), crosshairCursor(),
        highlightActiveLine(), bracketMatching(), autocompletion({ icons: false }), EditorView.lineWrapping, placeholder(o.hint),
        EditorView.contentAttributes.of({ "aria-label": o.label, "aria-describedby": `${o.parent.id}-keys`, spellcheck: "false", autocapitalize: "off", autocorrect: "off", tabindex: "0" }),
        language.of(languageOf(o.mode, o.values)), syntaxHighlighting(colours), look, finding(t), keys(),
        EditorView.updateListener.of((u) => { if (u.docChanged && own) o.change(u.state.doc.toString()); }),
      ],
    }),
  });
  const given = (change: () => void) => { own = false; change(); own = true; };
  return {
    set: (text) => given(() => { const changes = difference(view.state.doc.toString(), text); if (changes) view.dispatch({ changes }); }),
    mode: (mode) => view.dispatch({ effects: language.reconfigure(languageOf(mode, o.values)) }),
    mark: (all) => view.dispatch(setDiagnostics(view.state, all.map((m) => diagnostic(view.state, m)))),
    go: (line, column) => { const at = place(view.state, line, column); view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) }); view.focus(); },
    insert: (text) => { view.dispatch(view.state.replaceSelection(text)); view.focus(); },
    find: () => { find(view); },
    close: () => view.destroy(),
  };
}

function languageOf(mode: "mjml" | "html", values: Options["values"]) {
  const base = html({ matchClosingTags: true, autoCloseTags: true, selfClosingTags: true, ...(mode === "mjml" ? { extraTags: mjmlTags } : {}) });
  const below = (path: readonly string[]) => [...new Set(values.filter((v) => v.path.startsWith(`${path.join(".")}.`)).map((v) => v.path.split(".")[path.length]!))];
  const options = (names: string[], path: readonly string[]): Completion[] => names.map((label) => {
    const value = values.find((v) => v.path === [...path, label].join("."));
    return value ? { label, detail: value.label, type: "variable" } : { label, type: "variable" };
  });
  return liquid({ base, variables: options([...new Set(values.map((v) => v.path.split(".")[0]!))], []), properties: (path) => options(below(path), path) });
}

// difference is the one change between two texts; undefined when there is none.
function difference(from: string, to: string): ChangeSpec | undefined {
  if (from === to) return undefined;
  let start = 0, end = from.length, last = to.length;
  while (start < end && start < last && from[start] === to[start]) start++;
  while (end > start && last > start && from[end - 1] === to[last - 1]) { end--; last--; }
  return { from: start, to: end, insert: to.slice(start, last) };
}

// place is an offset: lines and columns count from 1, columns in characters; what lies outside is brought in.
function place(state: EditorState, line: number, column: number): number {
  const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  return at.from + Math.min([...at.text].slice(0, Math.max(column - 1, 0)).join("").length, at.length);
}

function diagnostic(state: EditorState, m: Mark): Diagnostic {
  const from = m.column > 0 ? place(state, m.line, m.column) : state.doc.lineAt(place(state, m.line, 1)).from;
  return { from, to: state.doc.lineAt(from).to, severity: m.level === "fail" ? "error" : "warning", message: m.text };
}

// keys are those that a browser alone would not do well in a long text.
function keys() {
  let leaving = false;
  const within = (run: (view: EditorView) => boolean) => (view: EditorView) => !view.state.readOnly && run(view);
  return [
    EditorView.domEventHandlers({
      keydown: (e) => {
        if (e.key === "Tab" && leaving) { leaving = false; return false; }
        leaving = e.key === "Escape" || (leaving && (e.key === "Shift" || e.key === "Tab"));
        return false;
      },
      blur: () => { leaving = false; return false; },
      // What is typed over is taken away first: the browser would keep its looks by a style of its own, which the policy forbids.
      beforeinput: (e, view) => { if (e.inputType === "insertText" && !view.state.readOnly) clear(view); return false; },
    }),
    keymap.of([
      { key: "Tab", run: within((view) => !leaving && indent(view)), shift: within((view) => !leaving && outdent(view)) },
      { key: "Enter", run: within(newline) },
      { key: "Backspace", run: within(clear) }, { key: "Delete", run: within(clear) },
      { key: "Mod-a", run: (view) => { view.dispatch({ selection: { anchor: 0, head: view.state.doc.length } }); return true; } },
      { key: "Mod-Home", run: (view) => go(view, 0) }, { key: "Mod-End", run: (view) => go(view, view.state.doc.length) },
    ]),
  ];
}

function go(view: EditorView, anchor: number): boolean {
  view.dispatch({ selection: { anchor }, scrollIntoView: true });
  return true;
}

// clear deletes what is chosen; without a choice the browser deletes a character.
function clear(view: EditorView): boolean {
  if (view.state.selection.ranges.every((r) => r.empty)) return false;
  view.dispatch(view.state.replaceSelection(""), { scrollIntoView: true });
  return true;
}

function newline(view: EditorView): boolean {
  view.dispatch(view.state.changeByRange((range) => {
    const before = /^[ \t]*/.exec(view.state.doc.lineAt(range.from).text)![0];
    const insert = "\n" + before.slice(0, range.from - view.state.doc.lineAt(range.from).from);
    return { changes: { from: range.from, to: range.to, insert }, range: EditorSelection.cursor(range.from + insert.length) };
  }), { scrollIntoView: true, userEvent: "input" });
  return true;
}

function indent(view: EditorView): boolean {
  const { main } = view.state.selection;
  if (view.state.doc.lineAt(main.from).number === view.state.doc.lineAt(main.to).number) view.dispatch(view.state.replaceSelection("  "));
  else view.dispatch({ changes: linesOf(view).map((line) => ({ from: line.from, insert: "  " })) });
  return true;
}

function outdent(view: EditorView): boolean {
  view.dispatch({ changes: linesOf(view).map((line) => ({ from: line.from, to: line.from + /^ {0,2}/.exec(line.text)![0].length })) });
  return true;
}

function linesOf(view: EditorView) {
  const { main } = view.state.selection, doc = view.state.doc;
  const first = doc.lineAt(main.from).number, last = doc.lineAt(main.to).number;
  return Array.from({ length: last - first + 1 }, (_, i) => doc.line(first + i));
}

const colours = HighlightStyle.define([
  { tag: [tags.tagName, tags.angleBracket], color: "var(--kc-code-tag)" },
  { tag: tags.attributeName, color: "var(--kc-code-name)" },
  { tag: [tags.attributeValue, tags.string], color: "var(--kc-code-text)" },
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword], color: "var(--kc-code-word)", fontWeight: "600" },
  { tag: [tags.variableName, tags.propertyName, tags.brace, tags.special(tags.brace), tags.processingInstruction], color: "var(--kc-code-value)" },
  { tag: [tags.number, tags.bool, tags.color, tags.unit, tags.atom], color: "var(--kc-code-number)" },
  { tag: tags.comment, color: "var(--kc-muted)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--kc-text)", fontSize: "13px" },
  "&.cm-focused": { outline: "2px solid var(--kc-accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "ui-monospace, SFMono-Regular, 'DejaVu Sans Mono', monospace", lineHeight: "20px" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--kc-accent)" },
  ".cm-cursor": { borderLeftColor: "var(--kc-accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { background: "var(--kc-code-bg)", color: "var(--kc-muted)", borderRight: "1px solid var(--kc-line)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in srgb, var(--kc-text) 5%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--kc-accent) 26%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { background: "color-mix(in srgb, var(--kc-accent) 24%, transparent)", outline: "1px solid var(--kc-accent)" },
  ".cm-panels": { background: "var(--kc-card)", color: "var(--kc-text)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--kc-line)" },
  ".kc-found": { background: "color-mix(in srgb, var(--kc-amber) 26%, transparent)", borderRadius: "2px" },
  ".kc-found.on": { background: "color-mix(in srgb, var(--kc-amber) 48%, transparent)", outline: "1px solid var(--kc-amber)" },
  ".cm-placeholder": { color: "var(--kc-muted)", whiteSpace: "pre-wrap" },
  ".cm-tooltip": { background: "var(--kc-card)", color: "var(--kc-text)", border: "1px solid var(--kc-line)", borderRadius: "8px", boxShadow: "var(--kc-pop)", overflow: "hidden" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--kc-accent)", color: "var(--kc-on)" },
  ".cm-completionDetail": { marginLeft: "1em", fontStyle: "normal", opacity: ".75" },
  ".cm-diagnostic": { font: "13px/1.45 var(--kc-font)", padding: "6px 10px", maxWidth: "48ch" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--kc-red)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--kc-amber)" },
  ".cm-lintRange-error": { background: "none", textDecoration: "underline wavy var(--kc-red)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { background: "none", textDecoration: "underline wavy var(--kc-amber)", textUnderlineOffset: "3px" },
});
