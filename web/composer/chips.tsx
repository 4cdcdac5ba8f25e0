// The picker of personal values: which one, and what to say when somebody lacks it.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { props, t } from "./props";

interface Props { given: { path: string; fallback: string } | null; choose: (path: string, fallback: string) => void; close: () => void }

export function ValuePicker({ given, choose, close }: Props) {
  const [find, setFind] = useState("");
  const [path, setPath] = useState(given?.path ?? "");
  const [fallback, setFallback] = useState(given?.fallback ?? "");
  const first = useRef<HTMLInputElement>(null);
  const last = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => { (given ? last : first).current?.focus(); }, []);
  useEffect(() => outside(box.current!, close), []);

  const wanted = find.trim().toLowerCase();
  const shown = props.values.filter((v) => `${v.label} ${v.path}`.toLowerCase().includes(wanted));
  const take = (p: string) => { setPath(p); requestAnimationFrame(() => last.current?.focus()); };
  const keys = (e: KeyboardEvent) => {
    e.stopPropagation();
    if (e.key === "Escape") close();
    if (e.key === "Enter" && path && (e.target as HTMLElement).tagName === "INPUT") { e.preventDefault(); choose(path, fallback.trim()); }
    if (e.key === "Enter" && !path && shown[0]) { e.preventDefault(); take(shown[0].path); }
  };
  return (
    <div ref={box} class="kc-pop kc-values" role="dialog" aria-label={t("Insert a value")} onKeyDown={keys}>
      <div class="kc-search"><Icon name="search" />
        <input ref={first} type="search" value={find} placeholder={t("Find a value")} aria-label={t("Find a value")} onInput={(e) => { setFind(e.currentTarget.value); setPath(""); }} />
      </div>
      <div class="kc-options" role="radiogroup" aria-label={t("Values")}>
        {shown.map((v) => (
          <label key={v.path} class={v.path === path ? "on" : ""}>
            <input class="kc-sr" type="radio" name={id} checked={v.path === path} onChange={() => setPath(v.path)} onClick={() => take(v.path)} />
            <b>{v.label}</b><span title={v.path}>{v.sample || v.path}</span>
          </label>
        ))}
        {shown.length === 0 && <p class="kc-hint">{t("No value has that name.")}</p>}
      </div>
      <div class="kc-fallback">
        <label class="kc-label" for={`${id}-f`}>{t("When somebody lacks it, say")}</label>
        <div class="kc-row">
          <input ref={last} id={`${id}-f`} class="kc-input" value={fallback} disabled={!path} onInput={(e) => setFallback(e.currentTarget.value)} />
          <button type="button" class="kc-btn kc-primary" disabled={!path} onClick={() => choose(path, fallback.trim())}>{given ? t("Change") : t("Insert")}</button>
        </div>
      </div>
    </div>
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
