// Code mode: the letter as MJML or HTML with Liquid, what is wrong with it, and what it looks like beside it.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Editor, Mark, Options } from "../editor";
import { ValuePicker } from "./chips";
import { Icon, IconButton } from "./icons";
import { liquid } from "./line";
import { props, t, type Problem } from "./props";
import { content, problems, run, select, sheet } from "./store";

export function Code() {
  const host = useRef<HTMLDivElement>(null), editor = useRef<Editor | null>(null);
  const [picking, pick] = useState(false);
  const [plain, setPlain] = useState(false); // the editor could not be fetched: a plain field does
  const mjml = content.value.mode === "mjml";
  const title = mjml ? t("MJML code") : t("HTML code");
  const set = (value: string) => run({ do: "letter", field: "html", value }, { key: "html" });

  useEffect(() => {
    let gone = false;
    const options = (): Options => ({ parent: host.current!, text: content.peek().html, mode: content.peek().mode === "mjml" ? "mjml" : "html", label: title, hint: hint(mjml),
      nonce: props.nonce ?? "", readOnly: Boolean(props.over), values: props.values, t, change: set });
    fetchEditor().then((open) => {
      if (gone) return;
      editor.current = open(options());
      editor.current.mark(problems.peek().flatMap(markOf));
    }, () => !gone && setPlain(true));
    return () => { gone = true; editor.current?.close(); editor.current = null; };
  }, []);
  useSignalEffect(() => { const { html, mode } = content.value; editor.current?.set(html); editor.current?.mode(mode === "mjml" ? "mjml" : "html"); });
  useSignalEffect(() => { const all = problems.value.flatMap(markOf); editor.current?.mark(all); });

  return (
    <section class="kc-code" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <IconButton icon="search" label={t("Find and replace")} keys="Ctrl+F" onClick={() => editor.current?.find()} />
        <span class="kc-pophost">
          <IconButton icon="braces" label={t("Insert a value")} text onClick={() => pick(!picking)} aria-expanded={picking} />
          {picking && <ValuePicker given={null} close={() => pick(false)} choose={(path, fallback) => { pick(false); insert(editor.current, liquid(path, fallback)); }} />}
        </span>
        <IconButton icon="sliders-horizontal" label={t("Settings of the letter")} class="kc-code-letter" aria-expanded={sheet.value === "letter"}
          onClick={() => { select(null); sheet.value = sheet.value === "letter" ? "" : "letter"; }} />
      </header>
      <div class="kc-codebox" ref={host} id="kc-editor">
        {plain && <textarea value={content.value.html} readOnly={props.over} spellcheck={false} aria-label={title} placeholder={hint(mjml)} onInput={(e) => set(e.currentTarget.value)} />}
      </div>
      <p class="kc-hint kc-codekeys" id="kc-editor-keys">{t("Escape, then Tab, leaves the editor.")}</p>
      <Wrong go={(p) => editor.current?.go(lineOf(p), p.column ?? 0)} />
    </section>
  );
}

function hint(mjml: boolean): string {
  return mjml ? t("Paste or write the MJML of the letter. It begins with <mjml>, and values are written as {{ subscriber.first_name }}.")
    : t("Paste or write the HTML of the letter. Values are written as {{ subscriber.first_name }}, and {{ links.unsubscribe }} must be there.");
}

// Wrong lists what the server found; each line leads to its place.
function Wrong({ go }: { go: (p: Problem) => void }) {
  if (problems.value.length === 0) return null;
  return (
    <ul class="kc-todo" aria-label={t("To put right")}>
      {problems.value.map((p, i) => (
        <li key={i} class={p.level}><Icon name={p.level === "fail" ? "circle-alert" : "triangle-alert"} />
          {lineOf(p) > 0 ? <button type="button" onClick={() => go(p)}>{t("Line %d", lineOf(p))}: {p.text}</button> : <span>{p.text}</span>}</li>
      ))}
    </ul>
  );
}

// fetchEditor loads the second bundle, once.
let fetched: Promise<(o: Options) => Editor> | undefined;
function fetchEditor(): Promise<(o: Options) => Editor> {
  const url = props.urls.editor;
  if (!url) return Promise.reject(new Error("no editor"));
  return (fetched ??= (import(url) as Promise<{ open: (o: Options) => Editor }>).then((m) => m.open, (e) => { fetched = undefined; throw e; }));
}

// insert puts a merge tag where the caret is; in the plain field at the end of what is there.
function insert(editor: Editor | null, text: string): void {
  if (editor) editor.insert(text);
  else run({ do: "letter", field: "html", value: content.value.html + text }, { key: "html" });
}

function markOf(p: Problem): Mark[] {
  return lineOf(p) > 0 ? [{ line: lineOf(p), column: p.column ?? 0, text: p.text, level: p.level }] : [];
}

// lineOf is the line a problem is on: its own field, or "html:12".
function lineOf(p: Problem): number {
  return p.line ?? Number(/^html:(\d+)/.exec(p.field ?? "")?.[1] ?? 0);
}
