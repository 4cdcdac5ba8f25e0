// What can be done to a tree of rules. Each returns another tree, or the same when there is nothing to do.
import { props, type Field } from "./props";
import { fresh, type Group, type Leaf, type Node, type Test } from "./rule";
import { fieldOf, sortOf, testsOf, typesOf } from "./vocabulary";

// Place is where a node stands: under a group, or among the tests on what happened of a test.
export interface Place { node: Node; parents: Group[]; at: number; of?: Test }

export function find(root: Group, id: number): Place | undefined {
  const look = (group: Group, parents: Group[]): Place | undefined => {
    for (const [at, node] of group.rules.entries()) {
      if (node.id === id) return { node, parents, at };
      if (node.kind === "test") {
        const i = node.where.findIndex((w) => w.id === id);
        if (i >= 0) return { node: node.where[i]!, parents, at: i, of: node };
      }
      const below = node.kind === "group" ? look(node, [...parents, node]) : undefined;
      if (below) return below;
    }
    return undefined;
  };
  return root.id === id ? { node: root, parents: [], at: 0 } : look(root, [root]);
}

// replace puts other nodes in the place of one.
export function replace(root: Group, id: number, by: (node: Node) => Node[]): Group {
  const walk = (group: Group): Group => {
    let same = true;
    const rules = group.rules.flatMap((node) => {
      const out = one(node);
      same &&= out.length === 1 && out[0] === node;
      return out;
    });
    return same ? group : { ...group, rules };
  };
  const one = (node: Node): Node[] => {
    if (node.id === id) return by(node);
    if (node.kind === "group") return [walk(node)];
    if (node.kind !== "test" || !node.where.some((w) => w.id === id)) return [node];
    return [{ ...node, where: node.where.flatMap((w) => (w.id === id ? (by(w) as Leaf[]) : [w])) }];
  };
  if (root.id === id) {
    const [node] = by(root);
    return node?.kind === "group" ? node : root;
  }
  return walk(root);
}

// remove takes a node away, and a group that it leaves empty.
export function remove(root: Group, id: number): Group {
  const place = find(root, id);
  const above = place?.parents.at(-1);
  if (!place || !above) return root;
  if (!place.of && above.rules.length === 1 && above !== root) return remove(root, above.id);
  return replace(root, id, () => []);
}

export function insert(root: Group, group: number, at: number, node: Node): Group {
  return replace(root, group, (g) => [g.kind === "group" ? { ...g, rules: [...g.rules.slice(0, at), node, ...g.rules.slice(at)] } : g]);
}

// move takes a node one place up or down: into a group that stands there, or out of its own at the end.
export function move(root: Group, id: number, by: -1 | 1): Group {
  const place = find(root, id);
  const above = place?.parents.at(-1);
  if (!place || !above || place.of) return root;
  const beside = above.rules[place.at + by];
  if (!beside && above === root) return root;
  if (beside?.kind === "group" && place.parents.length + 1 + depth(place.node) > props.most.depth) return root;
  if (beside?.kind === "group") return insert(remove(root, id), beside.id, by > 0 ? 0 : beside.rules.length, place.node);
  if (beside) return insert(replace(root, id, () => []), above.id, place.at + by, place.node);
  const over = place.parents.at(-2)!;
  const at = over.rules.indexOf(above) + (by > 0 ? 1 : 0);
  if (above.rules.length > 1) return insert(replace(root, id, () => []), over.id, at, place.node);
  return replace(root, above.id, () => [place.node]);
}

// relocate puts a node before or behind another.
export function relocate(root: Group, id: number, beside: number, after: boolean): Group {
  const place = find(root, id), to = find(root, beside);
  if (!place || !to || id === beside || place.of || to.of || place.parents.length === 0 || to.parents.some((g) => g.id === id)) return root;
  if (to.parents.length + depth(place.node) > props.most.depth) return root;
  const rest = remove(root, id), now = find(rest, beside), group = now?.parents.at(-1);
  return now && group ? insert(rest, group.id, now.at + (after ? 1 : 0), place.node) : root;
}

// depth is how many groups a node has over each other.
export function depth(node: Node): number {
  return node.kind === "group" ? 1 + Math.max(0, ...node.rules.map(depth)) : 0;
}

// anew is a copy with numbers of its own.
export function anew<T extends Node>(node: T): T {
  if (node.kind === "group") return { ...node, id: fresh(), rules: node.rules.map(anew) };
  if (node.kind === "test") return { ...node, id: fresh(), where: node.where.map(anew) };
  return { ...node, id: fresh() };
}

// wrap puts a node into a group of its own, ungroup does away with a group.
export function wrap(root: Group, id: number, group: number): Group {
  return replace(root, id, (node) => [{ id: group, kind: "group", match: "any", rules: [node] }]);
}

export function ungroup(root: Group, id: number): Group {
  return id === root.id ? root : replace(root, id, (node) => (node.kind === "group" ? node.rules : [node]));
}

// begin is a new test of a field.
export function begin(f: Field): Test {
  const type = typesOf(f).length > 0 && f.type ? f.type : undefined;
  const asked = testsOf(f, type)[0]!;
  const test: Test = { id: fresh(), kind: "test", field: f.name, ...(type ? { type } : {}), is: asked.is, values: [], where: [] };
  if (asked.span === "must") test.within = { last: 30, unit: "days" };
  return priced(test, f);
}

// ask turns a test to another of the same field: what the other takes too is kept.
export function ask(test: Test, f: Field, type: string | undefined, is: string): Test {
  const { times, within, type: _, ...rest } = test;
  const asked = testsOf(f, type).find((one) => one.is === is) ?? testsOf(f, type)[0]!;
  const same = sortOf(f, type) === sortOf(f, test.type);
  return {
    ...rest, ...(type ? { type } : {}), is: asked.is, values: same ? test.values.slice(0, asked.values ?? 0) : [],
    ...(times && asked.times ? { times } : {}),
    ...(asked.span && within && (asked.ahead || !within.next) ? { within } : asked.span === "must" ? { within: { last: 30, unit: "days" } } : {}),
  };
}

// priced gives a test that compares amounts the currency they are in.
export function priced(test: Test, f: Field): Test {
  if (!needsCurrency(test, f)) return { ...test, where: test.where.filter((w) => w.kind !== "test" || !w.bound) };
  if (currencyOf(test)) return test;
  const currency: Test = { id: fresh(), kind: "test", field: "currency", is: "is", values: props.currency ? [props.currency] : [], where: [], bound: true };
  return { ...test, where: [...test.where, currency] };
}

export function needsCurrency(test: Test, f: Field): boolean {
  if (!f.where?.some((w) => w.name === "currency")) return false;
  return f.sort === "money" || test.where.some((w) => w.kind === "test" && fieldOf(w.field, f)?.sort === "money");
}

// currencyOf is the test that says in which currency the amounts are.
export function currencyOf(test: Test): Test | undefined {
  return test.where.find((w): w is Test => w.kind === "test" && w.field === "currency" && w.is === "is" && w.values.length < 2);
}

// paths says of each node where it stands, as the server has it.
export function paths(root: Group): Map<string, number> {
  const all = new Map<string, number>();
  const walk = (node: Node, path: string) => {
    all.set(path, node.id);
    if (node.kind === "group") node.rules.forEach((one, i) => walk(one, `${path}.${i}`));
    if (node.kind === "test") node.where.forEach((one, i) => walk(one, `${path}.where.${i}`));
  };
  walk(root, "rule");
  return all;
}
