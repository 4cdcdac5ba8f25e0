// Going to the place of a fault: the block and its field, the subject, a line of the code.
import { batch } from "@preact/signals";
import { find } from "./document";
import { content, dialog, select, sheet } from "./store";

export interface Place { block?: string; field?: string; line?: number }

// jump leads to a place of the letter and says whether there is one.
export function jump(to: Place): boolean {
  const inLetter = to.block !== undefined && find(content.value.document, to.block) !== undefined;
  if (!inLetter && !to.field) return false;
  batch(() => {
    dialog.value = "";
    select(inLetter ? to.block! : null);
    sheet.value = inLetter ? "block" : "letter";
  });
  setTimeout(() => focus(to), 120); // the dialog gives the focus back first
  return true;
}

function focus(to: Place): void {
  if (to.field === "html" && !to.block) return toLine(to.line ?? 1);
  const name = to.block && to.field === "html" ? "code" : (to.field ?? "").split("[")[0]!;
  const form = document.querySelector(".kc-form");
  const field = form?.querySelector(`[data-field="${CSS.escape(name)}"]`);
  const target = field?.querySelector<HTMLElement>("input, textarea, select, button, .ProseMirror") ?? form?.querySelector<HTMLElement>(".kc-line, input, textarea, select");
  target?.scrollIntoView({ block: "center" });
  target?.focus();
}

// toLine puts the caret of the code at the beginning of a line.
function toLine(line: number): void {
  const code = document.querySelector<HTMLTextAreaElement>(".kc-html textarea");
  if (!code) return document.querySelector<HTMLElement>(".cm-content")?.focus();
  const at = code.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  code.focus();
  code.setSelectionRange(at, at);
}

// fromAddress goes where the page's address says: #block=b3&field=href.
export function fromAddress(): void {
  const q = new URLSearchParams(location.hash.slice(1));
  const to: Place = {};
  const block = q.get("block"), field = q.get("field"), line = Number(q.get("line"));
  if (block) to.block = block;
  if (field) to.field = field;
  if (line > 0) to.line = line;
  if (block || field) jump(to);
}
