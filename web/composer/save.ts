// Autosave: within a second of the last change, one request at a time, never over another's work.
import { effect, signal } from "@preact/signals";
import { same } from "./commands";
import type { Content } from "./document";
import { Drafts } from "./draft";
import { post, Refusal } from "./http";
import { clock, props, t, type Problem } from "./props";
import { content, endEdit, problems, run, sizeKB, toast } from "./store";

export type State = "saved" | "dirty" | "saving" | "offline" | "refused" | "conflict";
export interface Conflict { version: number; by: string; at: string; content: Content }

const WAIT = 700; // ms after the last change
const RETRY = 5_000;

export const state = signal<State>("saved");
export const savedAt = signal("");
export const refusal = signal("");
export const conflict = signal<Conflict | null>(null);

let version = 0;
let restored = 0; // the version that the next save brings back
let saved: Content; // what the server has
let timer = 0;
let flying: Promise<boolean> | undefined; // the save that is on its way
let drafts: Drafts;

// keep begins to save. What an earlier visit could not send is brought back first.
export function keep(): void {
  version = props.content.version;
  saved = content.value;
  drafts = new Drafts(`keepsake.draft:${props.urls.save}:${props.lang}`);
  bringBack();
  effect(() => changed(content.value));
  addEventListener("online", () => void flush());
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && void flush());
  addEventListener("beforeunload", (e) => { if (state.value === "refused" || state.value === "conflict") e.preventDefault(); });
}

function bringBack(): void {
  const draft = drafts.read();
  if (!draft || same(draft.content, saved)) return drafts.forget();
  if (draft.version < version) {
    conflict.value = { version, by: "", at: "", content: saved };
    run({ do: "replace", content: draft.content });
    state.value = "conflict";
    return;
  }
  run({ do: "replace", content: draft.content });
  toast(t("Your changes from %s are back.", clock(draft.at)), { undo: true });
}

function changed(now: Content): void {
  if (same(now, saved)) return unchanged();
  drafts.keep(version, now);
  if (state.peek() === "conflict") return;
  if (state.peek() === "saved") state.value = "dirty";
  schedule(WAIT);
}

// unchanged: an undo came back to what the server has.
function unchanged(): void {
  if (state.peek() !== "dirty" || flying) return;
  clearTimeout(timer);
  state.value = "saved";
  drafts.forget();
}

function schedule(wait: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), wait);
}

// body is what every request about the letter carries.
export function body(of: Content = content.value): Omit<Content, never> {
  return { mode: of.mode, subject: of.subject, preheader: of.preheader, document: of.document, html: of.html };
}

// bringing makes the next save a version of its own, that brings back an older one.
export function bringing(n: number): void {
  restored = n;
}

// flush saves now what is not saved yet, after a save that is on its way, and tells whether the server has it.
export async function flush(): Promise<boolean> {
  await flying;
  return flying ??= send().finally(() => { flying = undefined; });
}

async function send(): Promise<boolean> {
  clearTimeout(timer);
  const sending = content.peek();
  if (state.peek() === "conflict") return false;
  if (same(sending, saved)) return true;
  state.value = "saving";
  try {
    const answer = await post<{ version: number; savedAt: string; problems?: Problem[]; sizeKB: number }>(props.urls.save, { version, ...body(sending), ...(restored ? { restored } : {}) });
    restored = 0;
    accepted(sending, answer);
    return true;
  } catch (e) {
    refused(e);
    return false;
  } finally {
    if (state.peek() === "dirty") schedule(WAIT);
  }
}

function accepted(sent: Content, answer: { version: number; savedAt: string; problems?: Problem[]; sizeKB: number }): void {
  version = answer.version;
  saved = sent;
  savedAt.value = answer.savedAt;
  problems.value = answer.problems ?? [];
  sizeKB.value = answer.sizeKB;
  const done = same(content.peek(), sent);
  state.value = done ? "saved" : "dirty";
  if (done) drafts.forget();
  else drafts.keep(version, content.peek());
}

function refused(e: unknown): void {
  if (!(e instanceof Refusal)) throw e;
  refusal.value = e.message;
  if (e.status === 409) {
    conflict.value = e.body as unknown as Conflict;
    state.value = "conflict";
  } else if (e.status === 422) {
    problems.value = (e.body.problems as Problem[] | undefined) ?? [{ text: e.message, level: "fail" }];
    state.value = "refused";
  } else {
    state.value = e.status === 0 ? "offline" : "refused";
    if (e.status === 0 || e.status === 401 || e.status === 429 || e.status >= 500) schedule(RETRY);
  }
}

// keepMine saves over the other's version, which stays one undo away.
export function keepMine(): void {
  const other = conflict.peek();
  if (!other) return;
  const mine = content.peek();
  settle(other);
  run({ do: "replace", content: theirs(other) });
  run({ do: "replace", content: mine });
  void flush();
}

// takeTheirs shows the other's version; one's own stays one undo away.
export function takeTheirs(): void {
  const other = conflict.peek();
  if (!other) return;
  settle(other);
  run({ do: "replace", content: saved });
  drafts.forget();
  state.value = "saved";
  toast(t("This is now the other version."), { undo: true });
}

function settle(other: Conflict): void {
  endEdit();
  version = other.version;
  saved = theirs(other);
  conflict.value = null;
  state.value = "dirty";
}

function theirs(other: Conflict): Content {
  const doc = other.content.document as unknown;
  const document = typeof doc === "string" ? JSON.parse(doc || '{"v":1,"blocks":[]}') : doc;
  return { ...body(other.content), document } as Content;
}

// leave makes a last attempt; keepalive outlives the page but carries at most 64 KB. The draft stays either way.
function leave(): void {
  const text = JSON.stringify({ version, ...body(content.peek()) });
  if (same(content.peek(), saved) || state.peek() === "conflict" || flying || text.length > 60_000) return;
  void fetch(props.urls.save, { method: "POST", keepalive: true, body: text, credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-Requested-With": "keepsake" } });
}
