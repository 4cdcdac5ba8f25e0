// What is on the page: the tree and its name, the way back, what is not saved yet.
import { computed, effect, signal } from "@preact/signals";
import { post, Refusal } from "./http";
import { props, t } from "./props";
import { readRoot, write, type Group, type Node, type Rule } from "./rule";

interface State { root: Group; name: string }
interface Step extends State { key: string; at: number }

export const root = signal<Group>({ id: 0, kind: "group", match: "all", rules: [] });
export const name = signal("");
export const view = signal<"sentences" | "json">("sentences");
export const unread = signal<{ text: string; why: string } | undefined>(undefined); // JSON that is no rule yet
export const focus = signal<{ id: number; at: number } | undefined>(undefined); // the rule that gets the focus when it is drawn, and which of its controls; -1 is the first that wants a value
export const said = signal(""); // for who hears the page
export const undoable = signal<string>(""); // what the toast can take back
export const chooser = signal<{ group: number; change?: number } | undefined>(undefined);

export const names = signal<Record<string, string>>({}); // of lists, campaigns and segments: "list 7"

const past = signal<Step[]>([]), future = signal<Step[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);

const most = 200;
const pause = 800; // ms: typing with shorter pauses is one step

// change makes another tree of this one. Changes with one key shortly after each other are undone together.
export function change(next: Partial<State>, key = ""): void {
  const now: State = { root: root.value, name: name.value };
  const to = { ...now, ...next };
  if (to.root === now.root && to.name === now.name) return;
  const before = past.value.at(-1);
  if (key && before?.key === key && Date.now() - before.at < pause) {
    past.value = [...past.value.slice(0, -1), { ...before, at: Date.now() }];
  } else {
    past.value = [...past.value, { ...now, key, at: Date.now() }].slice(-most);
  }
  future.value = [];
  put(to);
}

function put(to: State): void {
  root.value = to.root;
  name.value = to.name;
}

function turn(from: typeof past, to: typeof past): void {
  const step = from.value.at(-1);
  if (!step) return;
  from.value = from.value.slice(0, -1);
  to.value = [...to.value, { root: root.value, name: name.value, key: "", at: 0 }];
  put(step);
  unread.value = undefined;
  undoable.value = "";
}

export function undo(): void { turn(past, future); said.value = t("Undone."); }
export function redo(): void { turn(future, past); said.value = t("Done again."); }

// edit changes the tree by one of the functions of tree.ts.
export function edit(by: (root: Group) => Group, key = ""): void { change({ root: by(root.value) }, key); }

let timer = 0;

// removed offers to take back for ten seconds what was taken away.
export function removed(text: string): void {
  undoable.value = text;
  clearTimeout(timer);
  timer = window.setTimeout(() => { undoable.value = ""; }, 10_000);
}

// What is saved, and what this browser keeps until it is.
interface Draft { version: number; at: string; name: string; rule: Rule }

export const saved = signal("");
export const restored = signal<Draft | undefined>(undefined);
export const older = signal<Draft | undefined>(undefined); // one of a version that somebody has replaced
export const busy = signal(false);
export const tried = signal(false); // to save: until then what is only not begun yet is no fault
export const problem = signal<Refusal | undefined>(undefined);

export const now = computed(() => JSON.stringify([name.value.trim(), write(root.value)]));
export const dirty = computed(() => now.value !== saved.value || unread.value !== undefined);

export function begin(): void {
  names.value = props.names;
  const first = readRoot(props.rule);
  if (first) put({ root: first, name: props.name });
  else view.value = "json", unread.value = { text: JSON.stringify(props.rule, null, 2), why: "" };
  saved.value = now.value;
  const draft = kept();
  if (draft && JSON.stringify([draft.name.trim(), draft.rule]) !== saved.value) {
    if (draft.version === props.version) restore(draft);
    else older.value = draft;
  }
  effect(() => { if (dirty.value) keep(); else forget(); });
}

export function restore(draft: Draft): void {
  const tree = readRoot(draft.rule);
  if (!tree) return;
  change({ root: tree, name: draft.name });
  restored.value = draft;
  older.value = undefined;
}

export function discard(): void {
  const first = readRoot(props.rule);
  if (first) change({ root: first, name: props.name });
  restored.value = older.value = undefined;
  forget();
}

function kept(): Draft | undefined {
  try {
    return JSON.parse(localStorage.getItem(props.key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

let loses = false;

function keep(): void {
  if (older.value) return; // until it is decided about
  try {
    localStorage.setItem(props.key, JSON.stringify({ version: props.version, at: new Date().toISOString(), name: name.value, rule: write(root.value) } satisfies Draft));
    loses = false;
  } catch {
    loses = true; // a full or forbidden storage: leaving asks first
  }
}

function forget(): void {
  if (older.value) return;
  try { localStorage.removeItem(props.key); } catch { /* as above */ }
  loses = false;
}

addEventListener("beforeunload", (e) => { if (loses && dirty.value) e.preventDefault(); });

// save keeps the segment and shows it as it is kept.
export async function save(): Promise<void> {
  if (busy.value) return;
  if (unread.value) { view.value = "json"; return; }
  busy.value = tried.value = true;
  problem.value = undefined;
  try {
    const form = new URLSearchParams({ name: name.value, rule: JSON.stringify(write(root.value)), version: String(props.version) });
    const { location: to } = await post<{ location: string }>(props.urls.save, form);
    older.value = undefined;
    saved.value = now.value;
    forget();
    location.assign(to);
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    problem.value = e;
    busy.value = false;
    if (e.fields.name) document.getElementById("sb-name")?.focus();
  }
}

// empty is whether nothing is asked yet.
export function empty(node: Node): boolean { return node.kind === "group" && node.rules.every(empty); }
