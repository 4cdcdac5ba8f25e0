// Groups of rules, and what can be done to each with a button or a key.
import { dragDrop, dragEnd, dragOver, dragStart, target } from "./drag";
import { focusable, useFocus } from "./focus";
import { Icon, IconButton } from "./parts";
import { props, t } from "./props";
import { fresh, type Group, type Node } from "./rule";
import { Fault, heard, Sentence, Undrawn } from "./row";
import { chooser, edit, focus, redo, removed, root, said, save, tried, undo, view } from "./store";
import { anew, find, insert, move, remove, replace, ungroup, wrap } from "./tree";

export function Builder() {
  return <div class="sb-tree" onKeyDown={keys} onDragStart={dragStart} onDragOver={dragOver} onDrop={dragDrop} onDragEnd={dragEnd}><GroupOf group={root.value} depth={0} /></div>;
}

// at is which control of a rule has the focus.
function at(id: number): number {
  const all = [...document.querySelectorAll<HTMLElement>(`[data-id="${id}"] :is(${focusable})`)];
  return Math.max(0, all.indexOf(document.activeElement as HTMLElement));
}

function shift(id: number, by: -1 | 1): void {
  const before = root.value;
  focus.value = { id, at: at(id) };
  edit((r) => move(r, id, by));
  said.value = before === root.value ? t("It cannot go further.") : t("Moved.");
  if (before === root.value) focus.value = undefined;
}

function copy(id: number): void {
  const place = find(root.value, id), above = place?.parents.at(-1);
  if (!place || !above || place.of) return;
  const twin = anew(place.node);
  focus.value = { id: twin.id, at: 0 };
  edit((r) => insert(r, above.id, place.at + 1, twin));
  said.value = t("Duplicated.");
}

function drop(id: number): void {
  const place = find(root.value, id), above = place?.parents.at(-1);
  if (!place || !above || place.of) return;
  const next = above.rules[place.at + 1] ?? above.rules[place.at - 1];
  focus.value = { id: next?.id ?? root.value.id, at: 0 };
  edit((r) => remove(r, id));
  removed(place.node.kind === "group" ? t("The group is removed.") : t("The rule is removed."));
}

function group(id: number): void {
  const into = fresh();
  focus.value = { id: into, at: 0 };
  edit((r) => wrap(r, id, into));
}

function dissolve(node: Group): void {
  const first = node.rules[0];
  if (first) focus.value = { id: first.id, at: 0 };
  edit((r) => ungroup(r, node.id));
}

// keys are those that mean the rule with the focus, or the whole.
export function keys(e: KeyboardEvent): void {
  const el = e.target as HTMLElement;
  const id = Number(el.closest<HTMLElement>("[data-rule]")?.dataset.rule ?? 0);
  const mod = e.ctrlKey || e.metaKey, key = e.key.toLowerCase();
  const act = (does: () => void) => { e.preventDefault(); e.stopPropagation(); does(); };
  if (mod && key === "s") return act(() => void save());
  const typing = el instanceof HTMLTextAreaElement || (el instanceof HTMLInputElement && el.type === "text" && el.value !== "");
  if (mod && !typing && key === "z") return act(e.shiftKey ? redo : undo);
  if (mod && !typing && key === "y") return act(redo);
  if (!id || view.value === "json") return;
  if (e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) return act(() => shift(id, e.key === "ArrowUp" ? -1 : 1));
  if (mod && key === "d") return act(() => copy(id));
  if (mod && e.key === "Delete") return act(() => drop(id));
  if (e.altKey && key === "g") return act(() => group(id));
}

function GroupOf({ group: node, depth }: { group: Group; depth: number }) {
  const top = depth === 0;
  const el = useFocus<HTMLElement>(node.id);
  const turn = (match: string) => edit((r) => replace(r, node.id, (g) => [g.kind === "group" ? { ...g, match: match as Group["match"] } : g]));
  const addGroup = () => {
    const inner: Group = { id: fresh(), kind: "group", match: "any", rules: [] };
    edit((r) => insert(r, node.id, node.rules.length, inner));
    chooser.value = { group: inner.id };
  };
  return (
    <section ref={el} class={`sb-group sb-${node.match}`} role="group" aria-label={heard(node)} tabIndex={-1} data-id={node.id} {...(top ? {} : { "data-rule": node.id })}>
      <header>
        <select class="sb-select sb-match" aria-label={t("How the rules of this group are put together")} value={node.match} onChange={(e) => turn(e.currentTarget.value)}>
          {Object.entries(props.groups).sort(byMatch).map(([match, label]) => <option key={match} value={match} selected={match === node.match}>{label}</option>)}
        </select>
        {!top && <Tools node={node} more={<IconButton icon="ungroup" label={t("Ungroup")} onClick={() => dissolve(node)} />} />}
      </header>
      {node.rules.length > 0 && <ol class="sb-rules">{node.rules.map((one, i) => (
        <li key={one.id} class={target.value?.id === one.id ? `sb-drop ${target.value.after ? "after" : "before"}` : ""}>{i > 0 && <span class="sb-joint">{node.match === "all" ? t("and") : t("or")}</span>}<Rule node={one} depth={depth + 1} /></li>
      ))}</ol>}
      <Fault id={node.id} mild={node.rules.length === 0 && !tried.value} />
      <p class="sb-add">
        <button type="button" class={node.rules.length ? "" : "primary"} aria-haspopup="dialog" onClick={() => { chooser.value = { group: node.id }; }}><Icon name="plus" />{t("Add a rule")}</button>
        {depth + 2 <= props.most.depth && <button type="button" class="quiet" aria-haspopup="dialog" onClick={addGroup}><Icon name="group" />{t("Add a group")}</button>}
      </p>
    </section>
  );
}

function byMatch([a]: [string, string], [b]: [string, string]): number {
  const order = ["all", "any", "none"];
  return order.indexOf(a) - order.indexOf(b);
}

function Rule({ node, depth }: { node: Node; depth: number }) {
  if (node.kind === "group") return <GroupOf group={node} depth={depth} />;
  return <Leaf node={node} />;
}

function Leaf({ node }: { node: Exclude<Node, Group> }) {
  const el = useFocus<HTMLDivElement>(node.id);
  const tools = <Tools node={node} more={<IconButton icon="group" label={t("Put it into a group")} keys="Alt+G" onClick={() => group(node.id)} />} />;
  return (
    <div ref={el} class="sb-rule" role="group" aria-label={heard(node)} tabIndex={-1} data-id={node.id} data-rule={node.id}>
      <div class="sb-body">{node.kind === "raw" ? <div class="sb-row"><Undrawn leaf={node} />{tools}</div> : <Sentence test={node} tools={tools} />}</div>
    </div>
  );
}

// Tools are what can be done to a rule or a group.
function Tools({ node, more }: { node: Node; more: preact.ComponentChildren }) {
  return (
    <div class="sb-tools">
      <span class="sb-grip" draggable aria-hidden="true" title={t("Drag to another place")}><Icon name="grip-vertical" /></span>
      <IconButton icon="arrow-up" label={t("Move up")} keys="Alt+↑" onClick={() => shift(node.id, -1)} />
      <IconButton icon="arrow-down" label={t("Move down")} keys="Alt+↓" onClick={() => shift(node.id, 1)} />
      <IconButton icon="copy" label={t("Duplicate")} keys="Ctrl+D" onClick={() => copy(node.id)} />
      {more}
      <IconButton icon="trash-2" label={t("Remove")} keys="Ctrl+Delete" onClick={() => drop(node.id)} />
    </div>
  );
}
