// A list in the settings: the answers of a poll, the links of a menu, products. Each item is a little form
// with buttons to move and remove it; Alt with the arrows moves it too.
import { useLayoutEffect, useRef } from "preact/hooks";
import { get } from "./commands";
import type { Block } from "./document";
import { Icon, IconButton } from "./icons";
import { t } from "./props";
import { Row } from "./settings";
import type { Field } from "./schemas";
import { run, said } from "./store";

type List = Extract<Field, { as: "list" }>;

export function ListField({ block, field }: { block: Block; field: List }) {
  const items = (get(block, field.path) as unknown[] | undefined) ?? [];
  const box = useRef<HTMLFieldSetElement>(null);
  const wanted = useRef<string | null>(null); // what is to have the focus once the list is drawn
  useLayoutEffect(() => {
    if (wanted.current) box.current?.querySelector<HTMLElement>(wanted.current)?.focus();
    wanted.current = null;
  });
  const set = (next: unknown[], focus: string) => {
    wanted.current = focus;
    run({ do: "set", id: block.id, path: field.path, value: next });
  };
  const add = () => set([...items, field.fresh()], `[data-item="${items.length}"] :is(input, select, [contenteditable])`);
  const remove = (i: number) => {
    set(items.toSpliced(i, 1), items.length > 1 ? `[data-item="${Math.max(0, i - 1)}"] .kc-danger` : ".kc-more");
    said.value = t("%s removed", field.one(i + 1));
  };
  const move = (i: number, to: number, focus: string) => {
    if (to < 0 || to >= items.length) return;
    set(items.toSpliced(i, 1).toSpliced(to, 0, items[i]), `[data-item="${to}"] ${focus}`);
    said.value = t("Moved to place %d", to + 1);
  };
  const keys = (e: KeyboardEvent, i: number) => {
    if (!e.altKey || (e.key !== "ArrowUp" && e.key !== "ArrowDown")) return;
    e.preventDefault();
    e.stopPropagation();
    move(i, i + (e.key === "ArrowUp" ? -1 : 1), ":is(input, select, [contenteditable])");
  };
  return (
    <fieldset class="kc-field kc-list" ref={box}>
      <legend class="kc-label">{field.name}</legend>
      {items.map((_, i) => {
        const name = field.one(i + 1);
        return (
          <div key={i} data-item={i} class={`kc-item ${field.item.length > 1 ? "kc-tall" : ""}`} role="group" aria-label={name} onKeyDown={(e) => keys(e, i)}>
            <div class="kc-itemform">
              {field.item.map((f) => <Row key={f.path} block={block} field={{ ...f, name: f.path ? f.name : name, path: f.path ? `${field.path}.${i}.${f.path}` : `${field.path}.${i}` }} />)}
            </div>
            <div class="kc-itembar">
              {field.item.length > 1 && <b aria-hidden="true">{name}</b>}
              <IconButton icon="arrow-up" label={`${name}: ${t("Move up")}`} class="kc-up" disabled={i === 0} onClick={() => move(i, i - 1, i === 1 ? ".kc-down" : ".kc-up")} />
              <IconButton icon="arrow-down" label={`${name}: ${t("Move down")}`} class="kc-down" disabled={i === items.length - 1} onClick={() => move(i, i + 1, i === items.length - 2 ? ".kc-up" : ".kc-down")} />
              <IconButton icon="trash-2" label={`${name}: ${t("Remove")}`} class="kc-danger" disabled={items.length <= field.least} onClick={() => remove(i)} />
            </div>
          </div>
        );
      })}
      {items.length < field.most && <button type="button" class="kc-btn kc-more" onClick={add}><Icon name="plus" /><span>{field.more}</span></button>}
    </fieldset>
  );
}
