// The buttons over a text being written: bold, italic, underline, link, lists, values.
import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { liftListItem, wrapInList } from "prosemirror-schema-list";
import type { Command } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { outside, ValuePicker } from "./chips";
import { chipAt, putChip, toggled } from "./editor";
import { IconButton } from "./icons";
import { focusBlock, text } from "./inplace";
import { rects } from "./measure";
import { t } from "./props";
import { editing, endEdit } from "./store";

export function TextBar() {
  const held = text.value;
  const r = rects.value.get(editing.value?.id ?? "");
  return held && r ? <Bar view={held.view} style={{ left: `${r.x}px`, top: `${r.y}px`, width: `${r.w}px` }} within={r.y < 46} /> : null;
}

function Bar({ view, style, within }: { view: EditorView; style: Record<string, string>; within: boolean }) {
  const keep = (e: Event) => { if (!(e.target as Element).closest("input, select")) e.preventDefault(); }; // the caret stays in the text
  return (
    <div class={`kc-bar kc-textbar ${within ? "within" : ""}`} role="toolbar" aria-label={t("Text")} style={style} onMouseDown={keep}>
      <div class="kc-barbox">
        <TextTools view={view} done={() => { endEdit(); focusBlock.value++; }} />
      </div>
    </div>
  );
}

// TextTools are the buttons of a text: over the letter, and above a field of the settings.
export function TextTools({ view, done }: { view: EditorView; done?: () => void }) {
  const open = useSignal<"" | "link" | "value">("");
  const { strong, em, underline, link } = view.state.schema.marks;
  const { bullet_list: bullets, ordered_list: numbers } = view.state.schema.nodes;
  const run = (command: Command) => { command(view.state, view.dispatch, view); view.focus(); };
  const mark = (type: typeof strong) => !!type && marked(view, type.name);
  const chip = chipAt(view);
  useEffect(() => { if (chip) open.value = "value"; }, [chip?.path]);
  return (
      <>
        {strong && <>
          <IconButton icon="bold" label={t("Bold")} keys="Ctrl+B" on={mark(strong)} onClick={() => run(toggled(strong))} />
          <IconButton icon="italic" label={t("Italic")} keys="Ctrl+I" on={mark(em)} onClick={() => run(toggled(em!))} />
          <IconButton icon="underline" label={t("Underline")} keys="Ctrl+U" on={mark(underline)} onClick={() => run(toggled(underline!))} />
          <IconButton icon="link" label={t("Link")} on={mark(link)} aria-expanded={open.value === "link"} onClick={() => { open.value = open.value === "link" ? "" : "link"; }} />
        </>}
        {bullets && <>
          <IconButton icon="list" label={t("Bulleted list")} on={inList(view, "bullet_list")} onClick={() => run(listed(view, "bullet_list"))} />
          <IconButton icon="list-ordered" label={t("Numbered list")} on={inList(view, "ordered_list")} onClick={() => run(listed(view, numbers!.name))} />
        </>}
        <IconButton icon="braces" label={t("Insert a value")} aria-expanded={open.value === "value"} onClick={() => { open.value = open.value === "value" ? "" : "value"; }} />
        {done && <IconButton icon="check" label={t("Done")} keys="Escape" onClick={done} />}
        {open.value === "value" && <ValuePicker key={chip?.path ?? ""} given={chip ?? null} close={() => { open.value = ""; }}
          choose={(path, fallback, shown) => { putChip(view, path, fallback, shown); open.value = ""; }} />}
        {open.value === "link" && <LinkBox view={view} close={() => { open.value = ""; view.focus(); }} />}
      </>
  );
}

function LinkBox({ view, close }: { view: EditorView; close: () => void }) {
  const type = view.state.schema.marks.link!;
  const span = linkSpan(view);
  const [href, setHref] = useState(span?.href ?? "");
  const input = useRef<HTMLInputElement>(null), box = useRef<HTMLDivElement>(null);
  useEffect(() => { input.current?.focus(); return outside(box.current!, close); }, []);
  const apply = (to: string) => {
    const { from, to: end, empty } = view.state.selection;
    const at = empty ? span ?? { from, to: end } : { from, to: end };
    const clean = /^(https?:|mailto:|tel:|\{\{)/i.test(to) ? to : to.includes("@") ? `mailto:${to}` : `https://${to}`;
    let tr = view.state.tr.removeMark(at.from, at.to, type);
    if (to && at.from === at.to) tr = tr.insert(at.from, view.state.schema.text(to, [type.create({ href: clean })]));
    else if (to) tr = tr.addMark(at.from, at.to, type.create({ href: clean }));
    view.dispatch(tr);
    close();
  };
  const keys = (e: KeyboardEvent) => {
    e.stopPropagation();
    if (e.key === "Escape") close();
    if (e.key === "Enter") { e.preventDefault(); apply(href.trim()); }
  };
  return (
    <div class="kc-pop kc-linkbox" ref={box} role="dialog" aria-label={t("Link")} onKeyDown={keys}>
      <input ref={input} class="kc-input" inputMode="url" aria-label={t("Link")} placeholder="https://" value={href} onInput={(e) => setHref(e.currentTarget.value)} />
      <IconButton icon="check" label={t("Apply")} onClick={() => apply(href.trim())} />
      {span && <IconButton icon="unlink" label={t("Remove the link")} onClick={() => apply("")} />}
    </div>
  );
}

function marked(view: EditorView, name: string): boolean {
  const { from, to, empty, $from } = view.state.selection;
  const type = view.state.schema.marks[name]!;
  if (empty) return !!type.isInSet(view.state.storedMarks ?? $from.marks());
  let all = true;
  view.state.doc.nodesBetween(from, to, (node) => { if (node.isText && !type.isInSet(node.marks)) all = false; });
  return all;
}

// linkSpan is the whole link that the caret is in.
function linkSpan(view: EditorView): { from: number; to: number; href: string } | undefined {
  const { $from, from } = view.state.selection;
  let found: { from: number; to: number; href: string } | undefined;
  $from.parent.forEach((node, offset) => {
    const start = $from.start() + offset, end = start + node.nodeSize;
    const mark = node.marks.find((m) => m.type.name === "link");
    if (mark && start <= from && from <= end) found = { from: start, to: end, href: mark.attrs.href as string };
  });
  return found;
}

function inList(view: EditorView, name: string): boolean {
  const { $from } = view.state.selection;
  return Array.from({ length: $from.depth }, (_, d) => $from.node(d + 1).type.name).includes(name);
}

function listed(view: EditorView, name: string): Command {
  const { nodes } = view.state.schema;
  return inList(view, name) ? liftListItem(nodes.list_item!) : wrapInList(nodes[name]!);
}
