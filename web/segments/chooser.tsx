// The fields there are, on their shelves, to choose one of: by searching, with the arrows, or with the mouse.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon, IconButton } from "./parts";
import { n, props, t, type Field } from "./props";
import { shelfIcons } from "./row";
import { chooser, edit, focus, root } from "./store";
import { begin, find, insert, replace } from "./tree";
import { allFields, fieldOf } from "./vocabulary";

interface Shelf { name: string; label: string; fields: Field[] }

// shelvesOf are the fields that hold what is searched, by name or by shelf.
function shelvesOf(search: string): Shelf[] {
  const wanted = search.trim().toLowerCase();
  const all = props.shelves.map((shelf) => ({ ...shelf, fields: allFields().filter((f) => f.shelf === shelf.name && `${f.label} ${shelf.label} ${f.tests.map((one) => (one.whole ? one.label : "")).join(" ")}`.toLowerCase().includes(wanted)) }));
  const own = wanted && !allFields().some((f) => f.label.toLowerCase() === wanted) ? fieldOf(`attributes.${search.trim()}`) : undefined;
  const found = all.filter((s) => s.fields.length > 0);
  if (own) found.push({ name: "attributes", label: t("An attribute nobody has yet"), fields: [{ ...own, label: t("The attribute “%s”", search.trim()) }] });
  return found;
}

export function Chooser() {
  const el = useRef<HTMLDialogElement>(null), before = useRef<HTMLElement | null>(null), done = useRef(false);
  const [search, setSearch] = useState(""), [on, setOn] = useState(0);
  const shelves = useMemo(() => shelvesOf(search), [search]);
  const flat = shelves.flatMap((s) => s.fields);
  useLayoutEffect(() => { // before the next key is typed
    before.current = document.activeElement as HTMLElement | null;
    el.current!.showModal();
    el.current!.querySelector("input")!.focus();
  }, []);
  useEffect(() => { document.getElementById(`field-${on}`)?.scrollIntoView({ block: "nearest" }); }, [on]);

  const close = () => {
    const asked = chooser.value;
    chooser.value = undefined;
    if (done.current) return;
    const made = asked && !asked.change ? find(root.value, asked.group)?.node : undefined; // a group that was made for the rule
    if (made?.kind === "group" && made.rules.length === 0 && made.id !== root.value.id) edit((r) => replace(r, made.id, () => []));
    before.current?.focus();
  };
  const choose = (field: Field | undefined) => {
    const asked = chooser.value;
    if (!field || !asked) return;
    done.current = true;
    const test = begin(fieldOf(field.name)!);
    const group = find(root.value, asked.group)?.node;
    if (asked.change) edit((r) => replace(r, asked.change!, () => [test]));
    else if (group?.kind === "group") edit((r) => insert(r, group.id, group.rules.length, test));
    chooser.value = undefined;
    focus.value = { id: test.id, at: -1 };
  };
  const key = (e: KeyboardEvent) => {
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (flat.length) setOn((on + (e.key === "ArrowDown" ? 1 : -1) + flat.length) % flat.length);
    } else if (e.key === "Enter") {
      e.preventDefault();
      choose(flat[on]);
    }
  };
  let i = -1;
  return (
    <dialog ref={el} class="sb-chooser" aria-label={t("What do you want to ask about?")} onClose={close} onMouseDown={(e) => { if (e.target === el.current) el.current!.close(); }}>
      <header><h2>{t("What do you want to ask about?")}</h2><IconButton icon="x" label={t("Close")} onClick={() => el.current!.close()} /></header>
      <div class="search"><Icon name="search" /><input type="text" role="combobox" autocomplete="off" spellcheck={false} aria-label={t("Search")} placeholder={t("Search")} aria-expanded="true" aria-controls="sb-fields"
        aria-activedescendant={flat.length ? `field-${on}` : undefined} value={search} onInput={(e) => { setSearch(e.currentTarget.value); setOn(0); }} onKeyDown={key} /></div>
      <div id="sb-fields" class="sb-shelves" role="listbox" aria-label={t("What do you want to ask about?")} tabIndex={-1}>
        <div class="sb-columns" role="presentation">{shelves.map((shelf) => (
          <div key={shelf.label} role="group" aria-label={shelf.label} class="sb-shelf">
            <p aria-hidden="true"><Icon name={shelfIcons[shelf.name] ?? "user"} />{shelf.label}</p>
            <div role="presentation">{shelf.fields.map((f) => {
              const at = ++i;
              return <div key={f.name} id={`field-${at}`} role="option" aria-selected={at === on ? "true" : "false"} class={at === on ? "on" : ""} onMouseMove={() => { if (at !== on) setOn(at); }} onClick={() => choose(f)}>{f.label}</div>;
            })}</div>
          </div>
        ))}</div>
        {flat.length === 0 && <p class="muted">{t("Nothing is called that.")}</p>}
      </div>
      <span class="visually-hidden" role="status">{search ? n("%d fields", flat.length) : ""}</span>
    </dialog>
  );
}
