// The right, when no block is chosen: subject, preheader, colours, size and what is still to do.
import { useEffect, useRef } from "preact/hooks";
import { get } from "./commands";
import { Colour, Labelled } from "./fields";
import { Icon } from "./icons";
import { LineField } from "./linefield";
import { Mode } from "./modes";
import { n, props, t } from "./props";
import { filled } from "./samples";
import { content, problems, run, select, sizeKB, wantsSubject } from "./store";

export function Letter() {
  const { subject, preheader, mode } = content.value;
  const form = useRef<HTMLElement>(null);
  useEffect(() => {
    if (wantsSubject.value) form.current?.querySelector<HTMLElement>(".kc-line")?.focus();
    wantsSubject.value = false;
  }, [wantsSubject.value]);
  return (
    <section ref={form} class="kc-form kc-letter" aria-label={t("Settings of the letter")}>
      <header><Icon name="mail" /><h2>{t("Letter")}</h2></header>
      <Line field="subject" name={t("Subject")} value={subject} least={1} most={60} />
      <Line field="preheader" name={t("Preheader")} value={preheader} least={40} most={90} hint={t("The line that an inbox shows after the subject.")} />
      <Todo />
      {mode === "blocks" && <Theme />}
      <Size />
      <Mode key={mode} />
    </section>
  );
}

const letters = new Intl.Segmenter();

// seen counts characters as they are seen: a letter with its accent, or an emoji of many parts, is one.
function seen(text: string): number {
  return [...letters.segment(text)].length;
}

function Line({ field, name, value, least, most, hint }: { field: "subject" | "preheader"; name: string; value: string; least: number; most: number; hint?: string }) {
  const length = seen(filled(value));
  const fine = length >= least && length <= most;
  return (
    <div class="kc-at" data-field={field}><Labelled name={name} {...(hint ? { hint } : {})}>{(id) => <>
      <LineField id={id} label={name} value={value} onChange={(v) => run({ do: "letter", field, value: v }, { key: `letter ${field}`, inPlace: true })} />
      <p class={`kc-count ${fine ? "good" : ""}`}>
        <meter min={0} max={most} value={Math.min(length, most)} aria-hidden="true" />
        <span>{length > most ? t("%d characters: inboxes cut it near %d", length, most) : length < least && least > 1 ? t("%d characters: best from %d to %d", length, least, most) : n("%d characters", length)}</span>
      </p>
    </>}</Labelled></div>
  );
}

// Todo lists what the server found wrong; each line leads to its block.
function Todo() {
  const all = problems.value;
  if (all.length === 0) return null;
  return (
    <ul class="kc-todo" aria-label={t("To put right")}>
      {all.map((p, i) => (
        <li key={i} class={p.level}>
          <Icon name={p.level === "fail" ? "circle-alert" : "triangle-alert"} />
          {p.block ? <button type="button" onClick={() => select(p.block!)}>{p.text}</button> : <span>{p.text}</span>}
        </li>
      ))}
    </ul>
  );
}

const fonts = (): [string, string][] => [
  ["", t("Follows the brand")], ["system-ui, sans-serif", t("Modern")], ["Georgia, 'Times New Roman', serif", t("Classic")],
  ["Verdana, Geneva, sans-serif", t("Wide")],
];

function Theme() {
  const theme = content.value.document.theme ?? {};
  const colour = (path: string) => String(get(theme, path) ?? "");
  const set = (path: string) => (value: string | undefined) => run({ do: "theme", path, value }, { key: `theme ${path}` });
  // The text on an accent is black or white, whichever can be read.
  const accent = (side: "light" | "dark") => (value: string | undefined) => run({ do: "all", commands: [
    { do: "theme", path: `${side}.accent`, value }, { do: "theme", path: `${side}.onAccent`, value: value && inkOn(value) },
  ] }, { key: `theme ${side}.accent` });
  return (
    <details class="kc-look" open>
      <summary><Icon name="chevron-right" />{t("Colours and type")}</summary>
      <Colour name={t("Accent")} value={colour("light.accent")} preset={brand("light", "accent")} empty={t("Follows the brand")} onChange={accent("light")} />
      <Colour name={t("Accent in dark mode")} value={colour("dark.accent")} preset={colour("light.accent") ? "" : brand("dark", "accent")} empty={t(colour("light.accent") ? "Follows the accent" : "Follows the brand")} onChange={accent("dark")} />
      <Colour name={t("Background")} value={colour("light.bg")} preset={brand("light", "bg")} empty={t("Follows the brand")} onChange={set("light.bg")} />
      <Labelled name={t("Typeface")}>{(id) => (
        <select id={id} class="kc-input" value={String(theme.font ?? "")} onChange={(e) => set("font")(e.currentTarget.value || undefined)}>
          {fonts().map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          {theme.font !== undefined && !fonts().some(([f]) => f === theme.font) && <option value={String(theme.font)}>{String(theme.font).split(",")[0]}</option>}
        </select>
      )}</Labelled>
      <p class="kc-hint">{t("What is left empty follows the brand, also when the brand changes.")}</p>
    </details>
  );
}

// brand is what the letter shows where it has no colour of its own.
const brand = (side: "light" | "dark", name: string): string => props.brand?.[side][name] ?? "";

// inkOn is black or white, whichever contrasts more with the colour (WCAG 2.2, relative luminance).
export function inkOn(hex: string): string {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

function Size() {
  const kb = sizeKB.value;
  if (kb <= 0) return null;
  const level = kb >= 102 ? "fail" : kb >= 80 ? "warn" : "";
  return (
    <div class={`kc-size ${level}`}>
      <span>{t("Size")}</span><meter min={0} max={102} low={79} high={101} optimum={0} value={kb} aria-label={t("Size")} /><span>{t("%d of 102 KB", Math.round(kb))}</span>
      {level && <p class="kc-hint">{t("Gmail cuts letters off at 102 KB.")}</p>}
    </div>
  );
}
