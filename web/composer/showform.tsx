// "Show this block": to everyone, or only to those whose values fit, with how many they are.
import { useLayoutEffect, useRef } from "preact/hooks";
import { branches, uncounted } from "./branches";
import type { Block } from "./document";
import { Choices } from "./fields";
import { Icon, IconButton } from "./icons";
import { languageName, props, t } from "./props";
import { labelOf } from "./schema";
import { mostRules, needsValue, operatorName, operators, reach, showOf, subjects, type Rule, type Show } from "./show";
import { run } from "./store";

export function ShowForm({ block }: { block: Block }) {
  const show = showOf(block);
  const box = useRef<HTMLDivElement>(null);
  const wanted = useRef("");
  useLayoutEffect(() => {
    if (wanted.current) box.current?.querySelector<HTMLElement>(wanted.current)?.focus();
    wanted.current = "";
  });
  const set = (next: Show | undefined, focus = "") => {
    wanted.current = focus;
    run({ do: "set", id: block.id, path: "show", value: next }, { key: `set ${block.id} show`, inPlace: true });
  };
  const rules = show?.rules ?? [];
  const put = (i: number, rule: Rule) => set({ match: show!.match ?? "all", rules: rules.with(i, rule) });
  const fresh = (): Rule => ({ path: subjects()[0]!.path, is: "is", value: "" });
  const add = () => set({ match: show?.match ?? "all", rules: [...rules, fresh()] }, `[data-rule="${rules.length}"] select`);
  const remove = (i: number) => {
    const left = rules.toSpliced(i, 1);
    set(left.length > 0 ? { match: show!.match, rules: left } : undefined, left.length > 0 ? `[data-rule="${Math.max(0, i - 1)}"] .kc-danger` : ".kc-seg :checked");
  };
  return (
    <div class="kc-show" ref={box}>
      <Choices name={t("Show this block")} value={show ? "some" : "all"} onChange={(v) => (v === "all" ? set(undefined) : !show && add())}
        choices={[{ value: "all", name: t("To everyone") }, { value: "some", name: t("Only if…") }]} />
      {rules.map((rule, i) => <RuleRow key={i} at={i} rule={rule} change={(r) => put(i, r)} remove={() => remove(i)} />)}
      {rules.length > 1 && <Choices name={t("It is shown when")} value={show!.match ?? "all"} onChange={(v) => set({ match: v as "all", rules })}
        choices={[{ value: "all", name: t("All of it holds") }, { value: "any", name: t("Any of it holds") }]} />}
      {show && rules.length < mostRules && <button type="button" class="kc-btn kc-more" onClick={add}><Icon name="plus" /><span>{t("Add a condition")}</span></button>}
      {show && <Count id={block.id} />}
    </div>
  );
}

function RuleRow({ at, rule, change, remove }: { at: number; rule: Rule; change: (r: Rule) => void; remove: () => void }) {
  const name = t("Condition %d", at + 1);
  const all = subjects();
  const choices = operators(rule.path);
  const pick = (path: string) => {
    const is = operators(path).includes(rule.is) ? rule.is : operators(path)[0]!;
    change({ path, is, ...(needsValue(is) ? { value: path === "subscriber.lang" ? props.lang : "" } : {}) });
  };
  const compare = (is: string) => change({ path: rule.path, is, ...(needsValue(is) ? { value: rule.value ?? "" } : {}) });
  return (
    <div class="kc-rule" data-rule={at} role="group" aria-label={name}>
      <div class="kc-row">
        <select class="kc-input" aria-label={`${name}: ${t("Value")}`} value={rule.path} onChange={(e) => pick(e.currentTarget.value)}>
          {all.map((v) => <option key={v.path} value={v.path}>{v.label}</option>)}
          {!all.some((v) => v.path === rule.path) && <option value={rule.path}>{labelOf(rule.path)}</option>}
        </select>
        <IconButton icon="x" class="kc-danger" label={`${name}: ${t("Remove")}`} onClick={remove} />
      </div>
      <div class="kc-row">
        <select class="kc-input" aria-label={`${name}: ${t("Comparison")}`} value={rule.is} onChange={(e) => compare(e.currentTarget.value)}>
          {choices.map((is) => <option key={is} value={is}>{operatorName(is)}</option>)}
          {!choices.includes(rule.is) && <option value={rule.is}>{operatorName(rule.is)}</option>}
        </select>
        {needsValue(rule.is) && (rule.path === "subscriber.lang"
          ? <select class="kc-input" aria-label={`${name}: ${t("Language")}`} value={rule.value ?? ""} onChange={(e) => change({ ...rule, value: e.currentTarget.value })}>
              {!["en", "bg", "ru"].includes(rule.value ?? "") && <option value={rule.value ?? ""}>…</option>}
              {["en", "bg", "ru"].map((l) => <option key={l} value={l}>{languageName(l)}</option>)}
            </select>
          : <input class="kc-input" aria-label={`${name}: ${t("Compared with")}`} value={rule.value ?? ""} maxLength={200}
              inputMode={rule.is === "above" || rule.is === "below" ? "decimal" : "text"} onInput={(e) => change({ ...rule, value: e.currentTarget.value })} />)}
      </div>
    </div>
  );
}

function Count({ id }: { id: string }) {
  const branch = branches.value[id];
  if (uncounted.value) return <p class="kc-hint kc-bad" role="status">{uncounted.value}</p>;
  if (!branch) return null;
  return (
    <div class="kc-branch" role="status">
      {!branch.letter && branch.of > 0 && <meter min={0} max={branch.of} value={branch.shown} aria-hidden="true" />}
      <p>{reach(branch)}</p>
    </div>
  );
}

// ShowSection is the form folded away under a heading, open where there is a condition.
export function ShowSection({ block }: { block: Block }) {
  if (block.type === "footer") return null;
  const show = showOf(block);
  return (
    <details class="kc-look" open={!!show}>
      <summary><Icon name="chevron-right" />{t("Who sees it")}{show && <span class="kc-tag"><Icon name="split" />{t("conditional")}</span>}</summary>
      <ShowForm block={block} />
    </details>
  );
}
