// One rule as a sentence whose words can be changed.
import type { ComponentChildren } from "preact";
import { problems } from "./count";
import { useFocus } from "./focus";
import { Icon, IconButton, Select } from "./parts";
import { props, t, type Field, type TestOf } from "./props";
import { fresh, type Leaf, type Node, type Test } from "./rule";
import { HowOften, When } from "./span";
import { chooser, edit, focus } from "./store";
import { ask, begin, currencyOf, needsCurrency, priced, replace } from "./tree";
import { Chips, Currency, Money, One } from "./values";
import { fieldOf, isAttribute, sortOf, testsOf, typesOf } from "./vocabulary";

export const shelfIcons: Record<string, string> = { profile: "user", attributes: "tag", lists: "list", letters: "mail", responses: "message-square", orders: "shopping-bag", loyalty: "trophy", value: "coins", segments: "users" };

// set changes a test where it stands.
function set(id: number, by: (test: Test) => Test, key = ""): void {
  edit((root) => replace(root, id, (node: Node) => [node.kind === "test" ? by(node) : node]), key && `${key} ${id}`);
}

export function problemID(id: number): string { return `problem-${id}`; }

// Fault is what is wrong with a rule; mild of one that is only not begun yet.
export function Fault({ id, mild }: { id: number; mild?: boolean }) {
  const problem = problems.value.get(id);
  if (!problem) return null;
  return mild ? <p class="hint" id={problemID(id)}>{problem.text}</p> : <p class="sb-fault" id={problemID(id)}><Icon name="circle-alert" />{problem.text}</p>;
}

// Wrong says of a part of a rule whether it is at fault.
function wrong(id: number, ...parts: string[]): { invalid: boolean; described: string | undefined } {
  const problem = problems.value.get(id);
  const invalid = problem !== undefined && parts.includes(problem.part ?? "");
  return { invalid, described: invalid ? problemID(id) : undefined };
}

// Sentence is a test of a person. Its tools stand at the end of its row, or beside what adds a condition.
export function Sentence({ test, tools }: { test: Test; tools: ComponentChildren }) {
  const field = fieldOf(test.field)!;
  const asked = testsOf(field, test.type).find((one) => one.is === test.is)!;
  const bound = needsCurrency(test, field) ? currencyOf(test) : undefined;
  const shown = test.where.filter((one) => one !== bound);
  const say = (
    <div class="sb-say">
      <button type="button" class={`sb-field ${asked.whole ? "sb-bare" : ""}`} aria-haspopup="dialog" aria-label={t("Ask something else than “%s”", field.label)} title={t("Ask something else than “%s”", field.label)}
        onClick={() => { chooser.value = { group: 0, change: test.id }; }}><Icon name={shelfIcons[field.shelf ?? ""] ?? "user"} />{!asked.whole && <span>{field.label}</span>}</button>
      <Words test={test} field={field} asked={asked} of="" currency={bound} over={needsCurrency(test, field) && field.sort === "money" ? { test, field } : undefined} />
    </div>
  );
  return (
    <>
      {field.where ? say : <div class="sb-row">{say}{tools}</div>}
      {shown.length > 0 && <ul class="sb-where">{shown.map((one, i) => <Condition key={one.id} leaf={one} over={{ test, field }} first={i === 0} />)}</ul>}
      {field.where && <div class="sb-row"><button type="button" class="sb-more" onClick={() => addWhere(test, field)}><Icon name="plus" />{shown.length ? t("and") : t("where…")}</button>{tools}</div>}
      <Fault id={test.id} />
    </>
  );
}

interface Over { test: Test; field: Field }

// addWhere adds a test on what happened, of the first thing that is not asked yet.
function addWhere(test: Test, field: Field): void {
  const bound = needsCurrency(test, field) ? "currency" : "";
  const next = field.where!.find((f) => f.name !== bound && !test.where.some((w) => w.kind === "test" && w.field === f.name)) ?? field.where![0]!;
  const one = begin(next);
  set(test.id, (now) => priced({ ...now, where: [...now.where, one] }, field));
  focus.value = { id: one.id, at: 0 };
}

// Condition is a test on what happened.
function Condition({ leaf, over, first }: { leaf: Leaf; over: Over; first: boolean }) {
  const options = over.field.where!;
  const el = useFocus<HTMLLIElement>(leaf.id);
  const remove = () => {
    focus.value = { id: over.test.id, at: 0 };
    set(over.test.id, (now) => priced({ ...now, where: now.where.filter((one) => one.id !== leaf.id) }, over.field));
  };
  const field = leaf.kind === "test" ? fieldOf(leaf.field, over.field)! : undefined;
  const asked = leaf.kind === "test" && field ? testsOf(field, leaf.type).find((one) => one.is === leaf.is)! : undefined;
  const turn = (what: string) => {
    const [name, is] = what.split(" ");
    const next = begin(options.find((f) => f.name === name)!);
    set(over.test.id, (now) => priced({ ...now, where: now.where.map((one) => (one.id === leaf.id ? { ...next, id: leaf.id, ...(is ? { is } : {}) } : one)) }, over.field));
  };
  return (
    <li ref={el} class="sb-condition" data-id={leaf.id}>
      <span class="sb-joint">{first ? t("where") : t("and")}</span>
      {leaf.kind === "raw" ? <Undrawn leaf={leaf} /> : <>
        <Select label={t("What")} value={asked!.whole ? `${leaf.field} ${leaf.is}` : leaf.field} options={options.flatMap(whats)} onChange={turn} class="sb-what" />
        <Words test={leaf} field={field!} asked={asked!} of={over.test.field} over={field!.sort === "money" ? over : undefined} />
      </>}
      <IconButton icon="x" label={t("Remove the condition")} onClick={remove} />
      <Fault id={leaf.id} />
    </li>
  );
}

// whats are a field as it is chosen: where its tests say the whole sentence, each of them.
function whats(f: Field): [string, string][] {
  return f.tests.every((one) => one.whole) ? f.tests.map((one) => [`${f.name} ${one.is}`, one.label]) : [[f.name, f.label]];
}

export function Undrawn({ leaf }: { leaf: { value: unknown; why: string } }) {
  return (
    <div class="sb-raw"><p><Icon name="braces" />{t("This part can be changed as JSON only.")} <span class="muted">{leaf.why}</span></p>
      <code>{JSON.stringify(leaf.value)}</code></div>
  );
}

interface WordsProps { test: Test; field: Field; asked: TestOf; of: string; currency?: Test | undefined; over?: Over | undefined }

// Words are a test's words behind what it asks about.
function Words({ test, field, asked, of, over }: WordsProps) {
  const tests = testsOf(field, test.type), types = typesOf(field), sort = sortOf(field, test.type);
  const kept = isAttribute(field) && field.type !== undefined && field.type === (test.type ?? "");
  const turn = (type: string | undefined, is: string) => set(test.id, (now) => ask(now, field, type || undefined, is));
  return (
    <>
      {types.length > 0 && !kept && <span class="sb-part"><span>{t("as")}</span><Select label={t("Compared as")} value={test.type ?? ""} options={types.map((one) => [one.type, one.label])} onChange={(type) => turn(type, test.is)} /></span>}
      {tests.length > 1 && !(of && asked.whole) && <Select label={t("Condition")} value={test.is} options={tests.map((one) => [one.is, one.before])} onChange={(is) => turn(test.type, is)} class={asked.whole ? "sb-strong" : ""} {...wrong(test.id, "field")} />}
      <Given test={test} field={field} asked={asked} sort={sort} of={of} over={over} />
      {asked.after && <span>{asked.after}</span>}
      {asked.times && <HowOften is={test.is} pieces={asked.pieces === true} times={test.times} onChange={(times, key) => set(test.id, ({ times: _, ...now }) => (times ? { ...now, times } : now), key)} {...wrong(test.id, "times")} />}
      {asked.span && <When asked={asked} sort={sort} span={test.within} onChange={(within, key) => set(test.id, ({ within: _, ...now }) => (within ? { ...now, within } : now), key)} {...wrong(test.id, "within")} />}
    </>
  );
}

// Given are the values of a test.
function Given({ test, field, asked, sort, of, over }: { test: Test; field: Field; asked: TestOf; sort: string; of: string; over: Over | undefined }) {
  const most = asked.values ?? 0;
  if (most === 0) return null;
  const money = over && <Currency value={currencyOf(over.test)?.values[0] ?? ""} onInput={(code) => setCurrency(over, code)} {...wrong(over.test.id, "where")} />;
  const label = t("%s: value", field.label), faults = wrong(test.id, "values");
  const values = (to: string[], key = "") => set(test.id, (now) => ({ ...now, values: to }), key);
  if (most > 2) {
    return <><Chips field={field} of={of} sort={sort} values={test.values} most={most} label={label} offer={field.suggest === true && !asked.pattern} empty={asked.least ? t("value") : t("any")} onChange={(to) => values(to)} {...faults} />{money}</>;
  }
  const one = (at: number, name: string) => {
    const put = (v: string) => { const to = [...test.values]; while (to.length < at) to.push(""); to[at] = v; values(to.every((x) => x === "") ? [] : to, `value ${at}`); };
    const given = { value: test.values[at] ?? "", label: name, onInput: put, ...faults };
    return sort === "money" && isAttribute(field) ? <Money {...given} /> : <One sort={sort} {...given} />;
  };
  if (most === 1) return <span class="sb-part">{one(0, label)}{money}</span>;
  return <span class="sb-part">{one(0, t("at least"))}<span>{t("and")}</span>{one(1, t("at most"))}{money}</span>;
}

function setCurrency(over: Over, code: string): void {
  set(over.test.id, (now) => {
    const bound = currencyOf(now);
    const values = code ? [code] : [];
    if (bound) return { ...now, where: now.where.map((one) => (one === bound ? { ...bound, values } : one)) };
    return { ...now, where: [...now.where, { id: fresh(), kind: "test", field: "currency", is: "is", values, where: [], bound: true }] };
  }, "currency");
}

// heard is a rule in short, for who hears it.
export function heard(node: Node): string {
  if (node.kind === "raw") return t("A part that can be changed as JSON only");
  if (node.kind === "group") return props.groups[node.match] ?? node.match;
  const field = fieldOf(node.field);
  const asked = field && testsOf(field, node.type).find((one) => one.is === node.is);
  return asked?.whole ? asked.label : `${field?.label ?? node.field} ${asked?.label ?? node.is}`;
}
