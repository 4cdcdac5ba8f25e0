// The right: the settings of the chosen block.
import { useEffect, useRef } from "preact/hooks";
import { kindOf } from "./blank";
import { get, type Command } from "./commands";
import type { Block } from "./document";
import { Input } from "./fields";
import { Icon, IconButton } from "./icons";
import { wantsAlt } from "./images";
import { ListField } from "./listfield";
import { t } from "./props";
import { LinkedForm } from "./reuse";
import { looksOf, settingsOf, type Field } from "./schemas";
import { ShowSection } from "./showform";
import { problems, run, select, wantsForm } from "./store";

const firstField = ":is(.kc-field, .kc-toggle, .kc-linked) :is(input, select, textarea, button, a, [contenteditable=true]), summary";

// enter gives the focus to the first field; of a choice, to what is chosen.
function enter(form: HTMLElement): void {
  const first = form.querySelector<HTMLElement>(firstField);
  const chosen = first?.closest("[role=radiogroup]")?.querySelector<HTMLElement>(":checked, [aria-checked=true]");
  (chosen ?? first)?.focus();
}

export function Settings({ block }: { block: Block }) {
  const kind = kindOf(block.type);
  const asked = wantsAlt.value === block.id;
  const looks = looksOf(block);
  const form = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wantsForm.value) enter(form.current!);
    wantsForm.value = false;
  }, [wantsForm.value]);
  const own = problems.value.filter((p) => p.block === block.id && !asked);
  return (
    <section ref={form} class="kc-form" aria-label={t("Settings of the block")}>
      <header><Icon name={kind.icon} /><h2>{kind.name()}</h2>
        <IconButton icon="x" label={t("Close")} onClick={() => select(null)} /></header>
      {own.map((p) => <p key={p.text} class={`kc-note ${p.level === "fail" ? "kc-bad" : "kc-warn"}`}><Icon name="triangle-alert" />{p.text}</p>)}
      {kind.type === "" && <p class="kc-note">{t("This block was made by another version. It stays in the letter as it is.")}</p>}
      {asked && <AltQuestion />}
      {block.type === "saved" && <LinkedForm block={block} />}
      {settingsOf(block).map((f) => <div key={`${block.id} ${f.path}`} class="kc-at" data-field={f.path}><Row block={block} field={f} /></div>)}
      <ShowSection block={block} />
      {looks.length > 0 && (
        <details class="kc-look" open>
          <summary><Icon name="chevron-right" />{t("Appearance")}</summary>
          {looks.map((f) => <div key={`${block.id} ${f.path}`} class="kc-at" data-field={f.path}><Row block={block} field={f} /></div>)}
        </details>
      )}
    </section>
  );
}

export function Row({ block, field }: { block: Block; field: Field }) {
  const set = (value: unknown) => {
    if (field.path === "alt" && wantsAlt.value === block.id && value) wantsAlt.value = null;
    run({ do: "set", id: block.id, path: field.path, value: value === "" && field.path.startsWith("style.") ? undefined : value }, { key: `set ${block.id} ${field.path}` });
  };
  if (field.as === "layout") return <Layout block={block} name={field.name} />;
  if (field.as === "list") return <ListField block={block} field={field} />;
  return <Input field={field} value={get(block, field.path)} onChange={set} blockID={block.id} />;
}

function AltQuestion() {
  const note = useRef<HTMLParagraphElement>(null);
  useEffect(() => { note.current?.closest(".kc-form")?.querySelector<HTMLElement>(".kc-line")?.focus(); }, []);
  return <p ref={note} class="kc-note kc-warn" role="status"><Icon name="image" />{t("What does the picture show? Write it below, or mark it as decoration.")}</p>;
}

const layouts: Record<string, number[]> = { "50-50": [1, 1], "33x3": [1, 1, 1], "33-67": [1, 2], "67-33": [2, 1] };

// Layout chooses the columns; blocks of a column that goes away move into the last one.
function Layout({ block, name }: { block: Block; name: string }) {
  const value = String(block.layout ?? "50-50");
  const choose = (layout: string) => {
    const cols = block.cols ?? [];
    const count = layouts[layout]!.length;
    const kept = Array.from({ length: count }, (_, i) => (i === count - 1 ? cols.slice(i).flat() : cols[i] ?? []));
    const commands: Command[] = [{ do: "set", id: block.id, path: "layout", value: layout }, { do: "set", id: block.id, path: "cols", value: kept }];
    run({ do: "all", commands });
  };
  const names = Object.keys(layouts);
  const keys = (e: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step || e.altKey) return;
    e.preventDefault();
    const next = (Math.max(0, names.indexOf(value)) + step + names.length) % names.length;
    choose(names[next]!);
    (e.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=radio]")[next]?.focus();
  };
  return (
    <div class="kc-field" role="radiogroup" aria-label={name} onKeyDown={keys}>
      <span class="kc-label" aria-hidden="true">{name}</span>
      <div class="kc-layouts">
        {Object.entries(layouts).map(([layout, shares]) => (
          <button key={layout} type="button" role="radio" tabIndex={layout === value ? 0 : -1} aria-checked={layout === value ? "true" : "false"} aria-label={shares.join(" : ")} onClick={() => choose(layout)}>
            {shares.map((share, i) => <i key={i} style={{ flexGrow: String(share) }} />)}
          </button>
        ))}
      </div>
    </div>
  );
}

