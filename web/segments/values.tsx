// The values of a test, each a chip, with a field that offers more of them.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { faulty, Icon } from "./parts";
import { n, number, props, t, type Field } from "./props";
import { names } from "./store";
import { suggest, type Suggestion } from "./suggest";

// told is what a value is called.
export function told(field: Field, value: string): string {
  if (field.named) return names.value[`${field.named} ${value}`] ?? value;
  const given = field.values?.find((v) => v.value === value)?.label;
  if (given || !field.shown) return given ?? value;
  try {
    const name = new Intl.DisplayNames([props.uiLang], { type: field.shown, fallback: "none" }).of(value);
    return name ? `${name} (${value})` : value;
  } catch {
    return value; // no code of that sort
  }
}

interface ChipsProps {
  field: Field;
  of: string; // the happening, of a test on what happened
  sort: string;
  values: string[];
  most: number;
  label: string;
  offer: boolean; // values that people have
  empty: string; // what no values mean
  onChange: (values: string[]) => void;
  invalid: boolean;
  described: string | undefined;
}

const few = 25; // values that are shown at once

export function Chips({ field, of, sort, values, most, label, offer, empty, onChange, invalid, described }: ChipsProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null), box = useRef<HTMLDivElement>(null);
  const [typed, setTyped] = useState(""), [open, setOpen] = useState(false), [on, setOn] = useState(-1), [whole, setWhole] = useState(false);
  const { found, sampled, fresh } = useSuggestions(field, of, typed, open && offer);
  const left = found.filter((s) => !values.includes(s.value));
  const free = !field.named;
  const taken = on < 0 && open && fresh ? completed(field, found, left, typed) : on; // what Enter takes
  const full = values.length >= most;

  const add = (...more: string[]) => {
    const fresh = more.map((v) => v.trim()).filter((v, i, all) => v && !values.includes(v) && all.indexOf(v) === i);
    setTyped("");
    setOn(-1);
    if (fresh.length) onChange([...values, ...fresh].slice(0, most));
  };
  const choose = (s: Suggestion) => {
    if (field.named && s.label) names.value = { ...names.value, [`${field.named} ${s.value}`]: s.label };
    add(s.value);
    input.current?.focus();
  };
  const drop = (value: string) => { onChange(values.filter((v) => v !== value)); input.current?.focus(); };
  const typing = (text: string) => {
    const parts = text.split(sort === "list" ? /[\n\t,;]/ : /[\n\t]/);
    setOpen(true);
    setOn(-1);
    if (parts.length > 1 && free) add(...parts);
    else setTyped(text);
  };
  const paste = (e: ClipboardEvent) => { // a column of a spreadsheet is as many values
    const parts = (e.clipboardData?.getData("text/plain") ?? "").split(/[\r\n\t]+/).filter((v) => v.trim());
    if (!free || parts.length < 2) return;
    e.preventDefault();
    add(...parts);
  };
  const key = (e: KeyboardEvent) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setOpen(true);
      if (left.length) setOn((taken + (e.key === "ArrowDown" ? 1 : taken < 0 ? 0 : -1) + left.length) % left.length);
    } else if (e.key === "Enter") {
      e.preventDefault();
      const chosen = left[taken] ?? (free ? undefined : left[0]);
      if (chosen && (taken >= 0 || typed)) choose(chosen);
      else if (free && typed.trim()) add(typed);
    } else if (e.key === "Escape" && open) {
      e.stopPropagation();
      setOpen(false);
      setOn(-1);
    } else if (e.key === "Backspace" && typed === "" && values.length > 0) {
      drop(values.at(-1)!);
    }
  };
  const leave = (e: FocusEvent) => {
    if (box.current?.contains(e.relatedTarget as globalThis.Node | null)) return;
    setOpen(false);
    setOn(-1);
    if (free && typed.trim()) add(typed);
    else setTyped("");
  };
  useEffect(() => { if (open && taken >= 0) document.getElementById(`${id}-${taken}`)?.scrollIntoView({ block: "nearest" }); }, [taken, open]);

  return (
    <div class="sb-values" ref={box} onFocusOut={leave}>
      <ul class="sb-chips" aria-label={label}>
        {(whole || values.length <= few ? values : values.slice(0, few - 5)).map((value) => (
          <li key={value} class="sb-chip"><span>{told(field, value)}</span>
            <button type="button" aria-label={t("Remove %s", told(field, value))} onClick={() => drop(value)}><Icon name="x" /></button></li>
        ))}
      </ul>
      {!whole && values.length > few && <button type="button" class="sb-more" onClick={() => { setWhole(true); input.current?.focus(); }}>{n("and %d more", values.length - few + 5)}</button>}
      {!full && <input ref={input} class="sb-type" type="text" role="combobox" autocomplete="off" spellcheck={false} aria-label={label} aria-expanded={open && left.length > 0 ? "true" : "false"}
        aria-controls={`${id}-list`} aria-autocomplete="list" {...(taken >= 0 ? { "aria-activedescendant": `${id}-${taken}` } : {})} value={typed}
        inputMode={sort === "number" || sort === "money" ? "decimal" : "text"} placeholder={values.length ? t("or…") : empty}
        onInput={(e) => typing(e.currentTarget.value)} onFocus={() => setOpen(true)} onClick={() => setOpen(true)} onKeyDown={key} onPaste={paste} {...faulty(invalid, described)} />}
      <div class="sb-offer" hidden={!(open && !full && (left.length > 0 || (sampled && offer)))}>
        <ul id={`${id}-list`} role="listbox" aria-label={label}>
          {left.map((s, i) => (
            <li key={s.value} id={`${id}-${i}`} role="option" aria-selected={i === taken ? "true" : "false"} class={i === taken ? "on" : ""} onMouseDown={(e) => { e.preventDefault(); choose(s); }}>
              <span>{s.label ?? told(field, s.value)}</span>{s.count ? <span class="muted">{number(s.count)}</span> : null}
            </li>
          ))}
        </ul>
        {sampled && <p class="hint">{left.length ? t("Out of the newest; others can be typed.") : t("Nothing like that among the newest. Press Enter to take it all the same.")}</p>}
      </div>
      <span class="visually-hidden" role="status">{open && left.length > 0 ? n("%d suggestions", left.length) : ""}</span>
    </div>
  );
}

// completed is which of the suggestions what is typed begins; -1 where it is a value itself, and is taken as it is.
function completed(field: Field, found: Suggestion[], left: Suggestion[], typed: string): number {
  const search = typed.trim().toLowerCase();
  if (!search || found.some((s) => s.value === typed.trim())) return -1;
  return left.findIndex((s) => [s.value, s.label ?? told(field, s.value)].some((name) => name.toLowerCase().startsWith(search)));
}

// useSuggestions are the values that hold what is typed; fresh says that they are those of all that is typed by now.
function useSuggestions(field: Field, of: string, typed: string, wanted: boolean): { found: Suggestion[]; sampled: boolean; fresh: boolean } {
  const search = typed.trim();
  const [got, setGot] = useState<{ values: Suggestion[]; sampled: boolean; search: string }>({ values: [], sampled: false, search: "" });
  useEffect(() => {
    if (!wanted || field.values) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      suggest(of, field.name, search, stop.signal).then((answer) => setGot({ ...answer, search }), () => { if (!stop.signal.aborted) setGot({ values: [], sampled: false, search }); });
    }, typed ? 150 : 0);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [field.name, of, typed, wanted]);
  if (!field.values) return { found: wanted ? got.values : [], sampled: wanted && got.sampled, fresh: got.search === search };
  return { found: field.values.filter((v) => v.label.toLowerCase().includes(search.toLowerCase())), sampled: false, fresh: true };
}

interface OneProps { sort: string; value: string; label: string; onInput: (value: string) => void; invalid: boolean; described: string | undefined }

// pointed writes a comma as the point that it stands for; before three digits it may part thousands, and stays to be refused.
const pointed = (text: string) => (/,\d{3}$/.test(text) ? text : text.replace(",", "."));

// One is a single value that is typed: a number, an amount, a day. What stands in it is what was typed, until it is set anew.
export function One({ sort, value, label, onInput, invalid, described }: OneProps) {
  const [typed, setTyped] = useState(value);
  const all = { autocomplete: "off", "aria-label": label, title: label, value, ...faulty(invalid, described) } as const;
  if (sort === "date") return <input class="sb-day" type="date" max="9999-12-31" onInput={(e) => onInput(e.currentTarget.value)} {...all} />;
  return <input class="sb-amount" type="text" inputMode="decimal" onInput={(e) => { const text = e.currentTarget.value.trim(); setTyped(text); onInput(pointed(text)); }} {...all} value={pointed(typed) === value ? typed : value} />;
}

// Money is an amount that says its currency itself: "12.34 EUR".
export function Money({ value, label, onInput, invalid, described }: Omit<OneProps, "sort">) {
  const [amount = "", currency = ""] = value.split(/ (?=[A-Z]{0,3}$)/);
  const both = (a: string, c: string) => onInput(c ? `${a} ${c}` : a);
  return (
    <span class="sb-part">
      <One sort="money" value={amount} label={label} onInput={(a) => both(a, currency || (value === "" ? props.currency : ""))} invalid={invalid} described={described} />
      <Currency value={currency} onInput={(c) => both(amount, c)} invalid={false} described={undefined} />
    </span>
  );
}

// Currency is the one that amounts are in, chosen among those of the orders or typed.
export function Currency({ value, onInput, invalid, described }: { value: string; onInput: (value: string) => void; invalid: boolean; described: string | undefined }) {
  const id = useId();
  const [known, setKnown] = useState<string[]>([]);
  const load = () => void suggest("ordered", "currency", "", new AbortController().signal).then((s) => setKnown(s.values.map((v) => v.value)), () => undefined);
  return (
    <>
      <input class="sb-currency" type="text" maxLength={3} size={4} list={id} autocomplete="off" spellcheck={false} aria-label={t("Currency")} title={t("Currency")} value={value} placeholder="EUR"
        onFocus={load} onInput={(e) => onInput(e.currentTarget.value.trim().toUpperCase())} {...faulty(invalid, described)} />
      <datalist id={id}>{known.map((c) => <option key={c} value={c} />)}</datalist>
    </>
  );
}
