// The insert menu: "/" or the plus, type to narrow, Enter to add after the chosen block.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { blank, offered } from "./blank";
import { outside } from "./chips";
import type { Block } from "./document";
import { Icon } from "./icons";
import { focusBlock } from "./inplace";
import { rects } from "./measure";
import { props, t } from "./props";
import { copied, linked, saved } from "./saved";
import { add, editing, picker, selected } from "./store";

export function InsertMenu() {
  return picker.value && !props.over ? <Menu /> : null;
}

interface Entry { key: string; icon: string; name: string; group: string; words: string; make: () => Block }

// entries are all that can be added: every type, and what was saved, as a copy or linked.
function entries(): Entry[] {
  const kinds = offered().flatMap((g) => g.kinds.map((k) => ({ key: k.type, icon: k.icon, name: k.name(), group: g.name(), words: `${k.name()} ${k.type}`, make: () => blank(k.type) })));
  const kept = saved.value.flatMap((s) => [
    { key: `copy ${s.id}`, icon: "copy", name: s.name, group: t("Saved, a copy"), words: `${s.name} ${t("Saved, a copy")}`, make: () => copied(s) },
    { key: `link ${s.id}`, icon: "link", name: s.name, group: t("Saved, linked"), words: `${s.name} ${t("Saved, linked")}`, make: () => linked(s) },
  ]);
  return [...kinds, ...kept];
}

// put adds a block; the keyboard goes on from it, in its text or on itself.
function put(fresh: Block): void {
  add(fresh);
  if (!editing.value) focusBlock.value++;
}

function Menu() {
  const [find, setFind] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const shown = entries().filter((e) => e.words.toLowerCase().includes(find.trim().toLowerCase()));
  const close = () => { picker.value = null; };
  // Before the next key: a quick hand types on after the "/".
  useLayoutEffect(() => { input.current?.focus(); box.current?.scrollIntoView({ block: "nearest" }); return outside(box.current!, close); }, []);

  const choose = (i: number) => { const entry = shown[i]; close(); if (entry) put(entry.make()); };
  useLayoutEffect(() => box.current?.querySelector(".kc-options .on")?.scrollIntoView({ block: "nearest" }), [at]);
  const keys = (e: KeyboardEvent) => {
    e.stopPropagation();
    if (e.key === "Escape") { close(); if (!editing.value) focusBlock.value++; }
    else if (e.key === "ArrowDown") setAt((at + 1) % Math.max(1, shown.length));
    else if (e.key === "ArrowUp") setAt((at + shown.length - 1) % Math.max(1, shown.length));
    else if (e.key === "Enter") choose(at);
    else return;
    e.preventDefault();
  };
  const r = rects.value.get(selected.value ?? "");
  return (
    <div ref={box} class="kc-pop kc-insert" style={{ left: `${r ? r.x + r.w / 2 : 0}px`, top: `${r ? r.y + r.h + 8 : 8}px` }} onKeyDown={keys}>
      <div class="kc-search"><Icon name="search" />
        <input ref={input} type="text" value={find} role="combobox" aria-expanded="true" aria-controls="kc-inserts" aria-activedescendant={`kc-insert-${at}`}
          aria-label={t("Add a block")} placeholder={t("Add a block")} onInput={(e) => { setFind(e.currentTarget.value); setAt(0); }} />
      </div>
      <div class="kc-options" role="listbox" id="kc-inserts" aria-label={t("Blocks")}>
        {shown.map((k, i) => (
          <div key={k.key} id={`kc-insert-${i}`} role="option" aria-selected={i === at ? "true" : "false"} class={i === at ? "on" : ""}
            onPointerMove={() => setAt(i)} onClick={() => choose(i)}>
            <Icon name={k.icon} /><span>{k.name}</span><small>{k.group}</small>
          </div>
        ))}
        {shown.length === 0 && <p class="kc-hint">{t("No block has that name.")}</p>}
      </div>
    </div>
  );
}
