// Import: a letter made elsewhere, as a file, a zip with its pictures, or pasted; and Markdown as blocks.
import { useRef, useState } from "preact/hooks";
import type { Command } from "./commands";
import { Dialog } from "./dialog";
import { newID, type Block } from "./document";
import { Choices } from "./fields";
import { Refusal, send } from "./http";
import { Icon } from "./icons";
import { props, t } from "./props";
import { content, dialog, run, toast } from "./store";

interface Read { mode: "html" | "mjml" | "blocks"; code: string; blocks: Block[] | null; title: string; notes: string[] }
type State = { is: "asking" | "busy" } | { is: "failed"; text: string } | { is: "done"; read: Read };

const kinds = ".html,.htm,.mjml,.md,.markdown,.zip";

export function Import() {
  const [state, setState] = useState<State>({ is: "asking" });
  const read = async (form: FormData) => {
    setState({ is: "busy" });
    try {
      const got = await send<Read>(props.urls.import!, form);
      take(got);
      setState({ is: "done", read: got });
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      setState({ is: "failed", text: e.message });
    }
  };
  return (
    <Dialog title={t("Import a letter")}>
      <div class="kc-import">
        {state.is === "done" ? <Done read={state.read} /> : <>
          <Drop busy={state.is === "busy"} choose={(file) => void read(formOf("file", file))} />
          <Paste busy={state.is === "busy"} choose={(as, text) => void read(formOf("text", text, as))} />
        </>}
        <div role="status">
          {state.is === "busy" && <p class="kc-note"><Icon name="loader-circle" /><span>{t("The letter is being read.")}</span></p>}
          {state.is === "failed" && <p class="kc-note kc-bad"><Icon name="circle-alert" /><span>{state.text}</span></p>}
        </div>
      </div>
    </Dialog>
  );
}

function formOf(field: string, value: File | string, as = ""): FormData {
  const form = new FormData();
  form.append(field, value);
  if (as) form.append("as", as);
  return form;
}

// take puts what was read in place of the letter, in one step that Undo takes back. A subject stays.
function take(read: Read): void {
  const now = content.peek();
  const commands: Command[] = [];
  if (read.mode === "blocks") {
    const footer = now.document.blocks.filter((b) => b.type === "footer");
    const document = { ...now.document, blocks: [...(read.blocks ?? []).map((b) => ({ ...b, id: newID() })), ...footer] };
    commands.push({ do: "replace", content: { ...now, mode: "blocks", document, subject: now.subject || read.title } });
  } else {
    commands.push({ do: "letter", field: "mode", value: read.mode }, { do: "letter", field: "html", value: read.code });
    if (!now.subject && read.title) commands.push({ do: "letter", field: "subject", value: read.title });
  }
  if (run({ do: "all", commands })) toast(t("Imported. What you had is one Undo away."), { undo: true });
}

function Drop({ busy, choose }: { busy: boolean; choose: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const dropped = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    const file = e.dataTransfer?.files[0];
    if (file && !busy) choose(file);
  };
  return (
    <div class={`kc-drop ${over ? "over" : ""}`} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={dropped}>
      <Icon name="file-up" />
      <p>{t("Drop a file here: .html, .mjml, .md, or a .zip with the HTML and its pictures.")}</p>
      <button type="button" class="kc-btn kc-primary" disabled={busy} onClick={() => input.current!.click()}><span>{t("Choose a file")}</span></button>
      <input ref={input} type="file" hidden accept={kinds} onChange={(e) => { const file = e.currentTarget.files?.[0]; if (file) choose(file); e.currentTarget.value = ""; }} />
      <p class="kc-hint">{t("Nothing is fetched from the web: pictures come out of the zip, or stay where they are.")}</p>
    </div>
  );
}

function Paste({ busy, choose }: { busy: boolean; choose: (as: string, text: string) => void }) {
  const [as, setAs] = useState("code");
  const [text, setText] = useState("");
  return (
    <form class="kc-paste" onSubmit={(e) => { e.preventDefault(); choose(as, text); }}>
      <Choices name={t("Or paste")} value={as} onChange={(v) => setAs(String(v))} choices={[{ value: "code", name: t("HTML or MJML") }, { value: "markdown", name: t("Markdown") }]} />
      <textarea class="kc-input" rows={6} required spellcheck={false} aria-label={as === "markdown" ? t("Markdown") : t("HTML or MJML")} value={text} onInput={(e) => setText(e.currentTarget.value)} />
      {as === "markdown" && <p class="kc-hint">{t("Headings, texts, lists, links, pictures, lines and quotes become blocks.")}</p>}
      <button type="submit" class="kc-btn" disabled={busy || text.trim() === ""}><Icon name="clipboard-paste" /><span>{t("Import what is pasted")}</span></button>
    </form>
  );
}

function Done({ read }: { read: Read }) {
  return (
    <section class="kc-imported">
      <p class="kc-note kc-good"><Icon name="circle-check" /><span>{read.mode === "blocks" ? t("The letter is here, as blocks.") : read.mode === "mjml" ? t("The letter is here, as MJML.") : t("The letter is here, as HTML.")}</span></p>
      {read.notes.length > 0 ? <><h3>{t("What was changed, and why")}</h3><ul>{read.notes.map((note) => <li key={note}>{note}</li>)}</ul></> : <p>{t("Nothing had to be changed.")}</p>}
      <button type="button" class="kc-btn kc-primary" onClick={() => { dialog.value = ""; }}><span>{t("Look at it")}</span></button>
    </section>
  );
}
