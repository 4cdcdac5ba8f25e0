// How many of the audience each condition keeps, asked anew when a condition changes.
import { effect, signal } from "@preact/signals";
import { post, Refusal } from "./http";
import { walk, type Doc } from "./document";
import { props } from "./props";
import { body } from "./save";
import { showOf, type Branch } from "./show";
import { content } from "./store";

export const branches = signal<Record<string, Branch>>({});
export const uncounted = signal(""); // why they could not be counted

const PAUSE = 350; // ms after the last change

let asked = "";
let timer = 0;

// count keeps the numbers with the letter.
export function count(): void {
  if (!props.urls.branches) return;
  effect(() => {
    const now = conditions(content.value.document);
    if (now === asked) return;
    asked = now;
    clearTimeout(timer);
    if (now === "[]") branches.value = {};
    else timer = window.setTimeout(() => void ask(now), PAUSE);
  });
}

function conditions(doc: Doc): string {
  return JSON.stringify(walk(doc).flatMap(({ block }) => (showOf(block) ? [[block.id, block.show]] : [])));
}

async function ask(what: string): Promise<void> {
  try {
    const answer = await post<{ blocks: Record<string, Branch> }>(props.urls.branches!, body());
    if (what !== asked) return;
    branches.value = answer.blocks;
    uncounted.value = "";
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    branches.value = {};
    uncounted.value = e.message;
  }
}
