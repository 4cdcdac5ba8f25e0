// The frame that shows the letter. Changed blocks are replaced in it; what changes more loads a drawing behind
// the one on show, then they change places.
import { effect } from "@preact/signals";
import { post, Refusal } from "./http";
import { props, t } from "./props";
import { signal } from "@preact/signals";
import { body } from "./save";
import { content, dark, drawn, editing } from "./store";
import { frameDoc, measure } from "./measure";
import { blocksOf, patch, type Parts } from "./patch";

export const drawError = signal("");
export const drawing = signal(true); // until the first letter is on show

const PAUSE = 4; // ms: changes at once are drawn once; those during a drawing wait for it
const RETRY = 4_000;

let host: HTMLElement;
let front: HTMLIFrameElement | null = null;
let dress: (doc: Document) => void;
let shown: Parts | null = null; // what the letter on show is made of
let busy = false;
let again = false;
let timer = 0;
let watcher: ResizeObserver;

// stage begins to draw into an element; dressing gives a loaded letter its listeners.
export function stage(into: HTMLElement, dressing: (doc: Document) => void): () => void {
  host = into;
  dress = dressing;
  watcher = new ResizeObserver(measure);
  const stop = effect(() => { drawn.value; dark.value; content.value.mode; soon(PAUSE); });
  const online = () => soon(0);
  addEventListener("online", online);
  return () => {
    stop();
    clearTimeout(timer);
    watcher.disconnect();
    removeEventListener("online", online);
    front?.remove();
    front = frameDoc.value = shown = null;
  };
}

function soon(wait: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void draw(), wait);
}

async function draw(): Promise<void> {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const { src, parts } = await post<{ src: string; parts: Parts }>(props.urls.frame, { ...body(), dark: dark.peek(), canvas: true, had: had() });
    if (!patched(parts)) await show(src);
    shown = parts;
    drawError.value = "";
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    drawError.value = e.message;
    if (e.status === 0 || e.status >= 500) soon(RETRY);
  } finally {
    busy = drawing.value = false;
    if (again) { again = false; soon(PAUSE); }
  }
}

// had is what is on show. A block that was written in shows what the server has not drawn: its mark is left out.
function had(): Pick<Parts, "shell" | "marks"> | undefined {
  const doc = frameDoc.peek();
  if (!doc || !shown) return undefined;
  const written = blocksOf(doc).map((el) => el.matches("[data-ks-edit]") || el.querySelector("[data-ks-edit]") !== null);
  shown = { ...shown, marks: shown.marks.map((mark, i) => (written[i] ? "" : mark)) };
  return { shell: shown.shell, marks: shown.marks };
}

// patched replaces what changed; not while somebody writes in the letter, whose caret moves over with a whole drawing.
function patched(parts: Parts): boolean {
  const doc = frameDoc.peek();
  if (!doc || editing.peek()) return false;
  const fresh = patch(doc, shown, parts);
  if (!fresh) return false;
  for (const el of fresh) for (const seen of [el, ...el.querySelectorAll("[data-block], img")]) watcher.observe(seen);
  measure();
  return true;
}

// show loads a letter into a fresh frame: navigating an old one would fill the browser's history.
function show(src: string): Promise<void> {
  const frame = document.createElement("iframe");
  frame.className = "kc-frame behind";
  frame.title = t("The letter");
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.tabIndex = -1;
  return new Promise((resolve) => {
    frame.onload = () => { swap(frame); resolve(); };
    frame.src = src;
    host.append(frame);
  });
}

function swap(frame: HTMLIFrameElement): void {
  const doc = frame.contentDocument;
  if (!doc?.body) { frame.remove(); return; }
  dress(doc);
  watcher.disconnect();
  for (const child of doc.body.children) watcher.observe(child);
  for (const el of doc.querySelectorAll("[data-block], img")) watcher.observe(el);
  const old = front;
  front = frame;
  frame.classList.remove("behind");
  frameDoc.value = doc; // an edit under way moves over to the new letter here
  old?.remove();
  measure();
}
