// Whom the rule means, counted anew after each change: exactly, by the server. A count that a change overtook is given up.
import { computed, effect, signal } from "@preact/signals";
import { post, Refusal } from "./http";
import { props } from "./props";
import { write } from "./rule";
import { names, root, unread } from "./store";
import { paths } from "./tree";

export interface Said { text: string; rules?: Said[] }
export interface Problem { path: string; part?: string; text: string }
export interface Count { problems: Problem[]; said: Said; people: number; of: number; names: Record<string, string>; sample: { id: number; name?: string; email: string }[] }

export const count = signal<Count | undefined>(undefined); // the last that was finished
export const writable = signal<number | undefined>(undefined); // how many of them letters reach: it is counted after them
export const counting = signal(true);
export const failed = signal<string>("");

const wait = 300; // ms after the last change

export const asked = computed(() => JSON.stringify(write(root.value)));

// problems are what is wrong with each rule, by its number, as of the last count.
export const problems = signal(new Map<number, Problem>());

function place(all: Problem[]): void {
  const at = paths(root.value);
  const found = new Map<number, Problem>();
  for (const problem of all) {
    const id = at.get(problem.path) ?? root.value.id;
    if (!found.has(id)) found.set(id, problem);
  }
  problems.value = found;
}

export function watch(): void {
  let running: AbortController | undefined;
  effect(() => {
    const rule = asked.value;
    running?.abort();
    const mine = (running = new AbortController());
    if (unread.value) return;
    counting.value = true;
    const timer = setTimeout(() => void ask(rule, mine.signal), wait);
    mine.signal.addEventListener("abort", () => clearTimeout(timer));
  });
}

async function ask(rule: string, signal: AbortSignal): Promise<void> {
  try {
    const answer = await post<Count>(props.urls.count, rule, signal);
    if (signal.aborted) return;
    count.value = answer;
    writable.value = answer.people > 0 ? undefined : 0;
    place(answer.problems);
    names.value = { ...names.value, ...answer.names };
    failed.value = "";
    if (answer.problems.length === 0 && answer.people > 0) void reach(rule, signal);
  } catch (e) {
    if (signal.aborted) return;
    if (!(e instanceof Refusal)) throw e;
    failed.value = e.message;
  }
  counting.value = false;
}

// reach counts those of a rule who are confirmed on some list and not suppressed; where that cannot be, nothing is said.
async function reach(rule: string, signal: AbortSignal): Promise<void> {
  const mailed = `{"match":"all","rules":[${rule},{"field":"list","is":"confirmed"},{"field":"suppressed","is":"no"}]}`;
  const answer = await post<Count>(props.urls.count, mailed, signal).catch(() => undefined);
  if (answer && !signal.aborted && answer.problems.length === 0) writable.value = answer.people;
}

// again counts once more.
export function again(): void {
  counting.value = true;
  void ask(asked.value, new AbortController().signal);
}
