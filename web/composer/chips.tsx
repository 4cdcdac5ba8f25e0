// The picker of personal values: which one, how it is shown, and what to say when somebody lacks it.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { chipOf, type Chip, type Shown } from "./line";
import { props, t, type Value } from "./props";
import { pluralForms, sampleAs, shownAs } from "./shown";

interface Props { given: Chip | null; choose: (path: string, fallback: string, shown?: Shown) => void; close: () => void }

export function ValuePicker({ given, choose, close }: Props) {
  const [find, setFind] = useState("");
  const [chip, setChip] = useState<Chip>(given ?? { path: "", fallback: "" });
  const first = useRef<HTMLInputElement>(null);
  const detail = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const value = props.values.find((v) => v.path === chip.path);
  useEffect(() => { (given ? detail.current?.querySelector<HTMLElement>("input, select") : first.current)?.focus(); }, []);
  useEffect(() => outside(box.current!, close), []);
  useEffect(() => box.current?.querySelector(".kc-options .on")?.scrollIntoView({ block: "nearest" }), []);
  useEffect(() => box.current?.scrollIntoView({ block: "nearest" }), [chip.path !== ""]);

  const shown = found(find);
  const pick = (v: Value) => setChip({ path: v.path, fallback: v.path === chip.path ? chip.fallback : "", ...shownAs(v)[0]?.shown });
  const take = (v: Value) => { pick(v); requestAnimationFrame(() => detail.current?.querySelector<HTMLElement>("input, select")?.focus()); };
  const done = () => choose(chip.path, chip.fallback.trim(), chipOf({ ...chip }));
  const keys = (e: KeyboardEvent) => {
    e.stopPropagation();
    const inSearch = e.target === first.current;
    if (e.key === "Escape") { e.preventDefault(); close(); }
    if (e.key === "ArrowDown" && inSearch) { e.preventDefault(); box.current?.querySelector<HTMLElement>(".kc-options input")?.focus(); if (shown[0]) pick(shown[0]); }
    if (e.key === "Enter" && inSearch && shown[0]) { e.preventDefault(); take(shown[0]); }
    else if (e.key === "Enter" && chip.path && (e.target as HTMLElement).tagName === "INPUT") { e.preventDefault(); done(); }
  };
  return (
    <div ref={box} class="kc-pop kc-values" role="dialog" aria-label={t("Insert a value")} onKeyDown={keys}>
      <div class="kc-search"><Icon name="search" />
        <input ref={first} type="search" value={find} placeholder={t("Find a value")} aria-label={t("Find a value")} onInput={(e) => setFind(e.currentTarget.value)} />
      </div>
      <div class="kc-options" role="radiogroup" aria-label={t("Values")}>
        {shown.map((v, i) => (
          <div key={v.path} role="presentation">
            {v.group && v.group !== shown[i - 1]?.group && <p class="kc-optgroup">{v.group}</p>}
            <label class={v.path === chip.path ? "on" : ""}>
              <input class="kc-sr" type="radio" name={id} checked={v.path === chip.path} onChange={() => pick(v)} onClick={(e) => { if (e.detail > 0) take(v); }} />
              <b>{v.label}</b><span title={v.path}>{v.sample}</span>
            </label>
          </div>
        ))}
        {shown.length === 0 && <p class="kc-hint">{t("No value has that name.")}</p>}
      </div>
      {chip.path && <div class="kc-chosen" ref={detail}><Chosen chip={chip} value={value} change={setChip} id={id} /></div>}
      <div class="kc-row kc-pickend">
        {chip.path && value && <p class="kc-hint kc-looks">{sampleAs(value, chip) && t("It reads: %s", sampleAs(value, chip))}</p>}
        <button type="button" class="kc-btn kc-primary" disabled={!chip.path} onClick={done}>{given ? t("Change") : t("Insert")}</button>
      </div>
    </div>
  );
}

// found are the values that fit what is looked for.
function found(find: string): Value[] {
  const words = find.trim().toLowerCase().split(/\s+/);
  return props.values.filter((v) => {
    const all = `${v.label} ${v.path} ${v.group ?? ""} ${v.about ?? ""}`.toLowerCase();
    return words.every((w) => all.includes(w));
  });
}

// Chosen says what a value is, how it may be shown and what stands in for it.
function Chosen({ chip, value, change, id }: { chip: Chip; value: Value | undefined; change: (c: Chip) => void; id: string }) {
  const ways = value ? shownAs(value) : [];
  const count = pluralForms();
  const as = (to: string) => change({ path: chip.path, fallback: chip.fallback, ...ways.find((w) => (w.shown.as ?? "") === to)?.shown });
  const form = (i: number, text: string) => change({ ...chip, forms: (chip.forms ?? []).with(i, text) });
  return (
    <>
      {value?.about && <p class="kc-hint">{value.about}</p>}
      {ways.length > 1 && (
        <div class="kc-field">
          <label class="kc-label" for={`${id}-as`}>{t("Shown as")}</label>
          <select id={`${id}-as`} class="kc-input" value={chip.as ?? ""} onChange={(e) => as(e.currentTarget.value)}>
            {ways.map((w) => <option key={w.shown.as ?? ""} value={w.shown.as ?? ""}>{w.name}</option>)}
          </select>
        </div>
      )}
      {chip.as === "plural" && (
        <div class="kc-field kc-forms">
          {count.map((name, i) => <label key={name} class="kc-label">{t("With %s", name)}
            <input class="kc-input" value={chip.forms?.[i] ?? ""} maxLength={60} onInput={(e) => form(i, e.currentTarget.value)} /></label>)}
          <p class="kc-hint">{t("The sign “%” stands for the number.")}</p>
        </div>
      )}
      <div class="kc-field">
        <label class="kc-label" for={`${id}-f`}>{t("When somebody lacks it, say")}</label>
        <input id={`${id}-f`} class="kc-input" value={chip.fallback} onInput={(e) => change({ ...chip, fallback: e.currentTarget.value })} />
      </div>
    </>
  );
}

// outside calls when the pointer goes down or focus goes elsewhere; it returns its own end.
export function outside(box: HTMLElement, call: () => void): () => void {
  const down = (e: Event) => { if (!box.contains(e.target as Node)) call(); };
  const away = () => { if (document.activeElement?.tagName === "IFRAME") call(); };
  document.addEventListener("pointerdown", down, true);
  addEventListener("blur", away);
  return () => {
    document.removeEventListener("pointerdown", down, true);
    removeEventListener("blur", away);
  };
}
