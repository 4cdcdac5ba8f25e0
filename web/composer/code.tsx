// Code mode: the letter as HTML with Liquid, with line numbers, and what it looks like beside it.
import { useEffect, useRef, useState } from "preact/hooks";
import { ValuePicker } from "./chips";
import { Icon, IconButton } from "./icons";
import { liquid } from "./line";
import { props, t, type Problem } from "./props";
import { content, problems, run } from "./store";

export function Code() {
  const area = useRef<HTMLTextAreaElement>(null), gutter = useRef<HTMLDivElement>(null);
  const [picking, pick] = useState(false);
  const html = content.value.html;
  const wrong = new Map(problems.value.map((p) => [lineOf(p), p] as const).filter(([line]) => line > 0));
  const set = (value: string) => run({ do: "letter", field: "html", value }, { key: "html" });
  const put = (text: string) => {
    const el = area.current!;
    el.setRangeText(text, el.selectionStart, el.selectionEnd, "end");
    set(el.value);
    el.focus();
  };
  const follow = () => { gutter.current!.scrollTop = area.current!.scrollTop; };
  useEffect(follow, [html]);
  const go = (line: number) => {
    const at = html.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.current!.focus();
    area.current!.setSelectionRange(at, at + (html.split("\n")[line - 1]?.length ?? 0));
  };
  return (
    <section class="kc-code" aria-label={t("HTML code")}>
      <header>
        <h2>{t("HTML code")}</h2>
        <span class="kc-pophost">
          <IconButton icon="braces" label={t("Insert a value")} text onClick={() => pick(!picking)} aria-expanded={picking} />
          {picking && <ValuePicker given={null} close={() => pick(false)} choose={(path, fallback) => { pick(false); put(liquid(path, fallback)); }} />}
        </span>
      </header>
      <div class="kc-codebox">
        <div class="kc-gutter" ref={gutter} aria-hidden="true">
          {html.split("\n").map((_, i) => <span key={i} class={wrong.has(i + 1) ? wrong.get(i + 1)!.level : ""} title={wrong.get(i + 1)?.text}>{i + 1}</span>)}
        </div>
        <textarea ref={area} value={html} readOnly={props.over} spellcheck={false} wrap="off" aria-label={t("HTML code")} autocapitalize="off"
          placeholder={t("Paste or write the HTML of the letter. Values are written as {{ subscriber.first_name }}, and {{ links.unsubscribe }} must be there.")}
          onScroll={follow} onInput={(e) => set(e.currentTarget.value)} onKeyDown={(e) => indent(e, put)} />
      </div>
      {problems.value.length > 0 && (
        <ul class="kc-todo" aria-label={t("To put right")}>
          {problems.value.map((p, i) => (
            <li key={i} class={p.level}><Icon name="triangle-alert" />
              {lineOf(p) > 0 ? <button type="button" onClick={() => go(lineOf(p))}>{t("Line %d", lineOf(p))}: {p.text}</button> : <span>{p.text}</span>}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

// lineOf is the line a problem is on: its own field, or "html:12".
function lineOf(p: Problem): number {
  return p.line ?? Number(/^html:(\d+)/.exec(p.field ?? "")?.[1] ?? 0);
}

// indent: Tab writes two spaces, but Escape then Tab still leaves the field for those who use the keyboard alone.
let leaving = false;
function indent(e: KeyboardEvent, put: (text: string) => void): void {
  if (e.key === "Escape") { leaving = true; return; }
  if (e.key === "Tab" && !e.shiftKey && !leaving) { e.preventDefault(); put("  "); }
  leaving = false;
}
