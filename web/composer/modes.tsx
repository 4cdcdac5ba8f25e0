// What a letter is made of: blocks, MJML or HTML, and the honest way from one to another.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Choices } from "./fields";
import { post, Refusal } from "./http";
import { props, t } from "./props";
import { body, flush, refusal } from "./save";
import { IconButton } from "./icons";
import { content, dialog, run, said, sheet, toast } from "./store";
import type { Command } from "./commands";

type Made = "blocks" | "mjml" | "html";

// A Way is what a button of the offer does: it answers with the code of the letter as it then is.
interface Way { name: string; code: () => string | Promise<string> }

const going = signal<Way | null>(null); // what was chosen and is on its way
let changed = false; // just now and by hand: the button that had the focus is gone

export function Mode() {
  const mode = content.value.mode as Made;
  const [to, setTo] = useState<Made>(mode); // what was chosen, and is not done yet
  const ask = (v: Made) => { going.value = null; setTo(v); };
  const says: Record<Made, string> = {
    blocks: t("Blocks are drawn to fit every mail program. As HTML code you get what they make, once; the blocks stay as they are."),
    mjml: t("MJML becomes HTML for mail programs when it is sent. It can be turned into HTML code, but not back."),
    html: t("HTML code is sent as it is, with its styles moved into the tags. It cannot be turned into blocks or MJML."),
  };
  const asked = to !== mode;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (changed) box.current!.querySelector<HTMLElement>(":checked")?.focus();
    changed = false;
  }, []);
  const stay = () => { // what had the focus goes
    box.current!.querySelectorAll("input")[["blocks", "mjml", "html"].indexOf(mode)]!.focus();
    ask(mode);
  };
  const escape = (e: KeyboardEvent) => {
    if (e.key !== "Escape" || !asked) return;
    e.stopPropagation();
    e.preventDefault();
    stay();
  };
  const choose = (v: Made) => { ask(v); said.value = v === mode ? "" : offer(mode, v).says; };
  return (
    <div class="kc-mode" ref={box} onKeyDown={escape}>
      <Choices name={t("Made of")} value={to} onChange={(v) => choose(v as Made)}
        choices={[{ value: "blocks", name: t("Blocks") }, { value: "mjml", name: t("MJML") }, { value: "html", name: t("HTML") }]} />
      {asked ? <Offer from={mode} to={to} stay={stay} /> : <p class="kc-hint">{says[mode]}</p>}
      {props.urls.import && !props.over && <IconButton icon="file-up" label={t("Import")} text class="kc-btn" onClick={() => { dialog.value = "import"; }} />}
    </div>
  );
}

// Offer says what the change brings and takes, before anything happens.
function Offer({ from, to, stay }: { from: Made; to: Made; stay: () => void }) {
  const { says, ways } = offer(from, to);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current!.scrollIntoView({ block: "nearest" }), [to]);
  return (
    <div ref={box} class="kc-offer" role="group" aria-label={t("Made of")} aria-busy={going.value ? "true" : undefined}>
      <p>{says}</p>
      {ways.map((way, i) => <button key={way.name} type="button" aria-disabled={going.value ? "true" : undefined} class={`kc-btn ${i ? "" : "kc-primary"}`} onClick={() => void change(to, way)}>{way.name}</button>)}
      <button type="button" class="kc-btn" onClick={stay}>{t("Leave it as it is")}</button>
    </div>
  );
}

// offer is what is lost and kept on the way from one to another, and the ways there are.
function offer(from: Made, to: Made): { says: string; ways: Way[] } {
  const { html, document } = content.value;
  const kept = { name: t("Use the code it had before"), code: () => html };
  if (to === "blocks") {
    return document.blocks.some((b) => b.type !== "footer")
      ? { says: t("The letter shows its blocks again, as they were. What was written in code is not among them: code can hold what no block has. The code is set aside and kept."), ways: [{ ...kept, name: t("Show the blocks") }] }
      : { says: t("There are no blocks yet: the letter begins empty. Code cannot be turned into blocks, as it can hold what no block has; it is set aside and kept."), ways: [{ ...kept, name: t("Begin with blocks") }] };
  }
  const has = from === "blocks" && html.trim() !== "" && isMJML(html) === (to === "mjml") ? [kept] : [];
  if (to === "mjml") {
    return { says: from === "blocks" ? t("Blocks cannot be turned into MJML: the letter begins anew, with a short example. The blocks are set aside: choose Blocks, or Undo, and they are back.")
      : t("HTML cannot be turned into MJML: the letter begins anew, with a short example. Undo brings the HTML back, and so does History."), ways: [...has, { name: t("Begin anew in MJML"), code: skeleton }] };
  }
  return { says: from === "blocks" ? t("The letter becomes HTML code with all that its blocks show; merge tags stay. The blocks are set aside: choose Blocks, or Undo, and they are back without what you change in the code.")
    : t("The letter becomes the HTML code that its MJML makes; merge tags stay. It cannot be turned back: Undo brings the MJML back, and so does History."),
    ways: [{ name: t("Turn it into HTML"), code: converted }, ...has] };
}

const converted = async () => content.value.mode === "mjml" && content.value.html.trim() === "" ? "" : (await post<{ html: string }>(props.urls.convert, body())).html;

// change switches in one step that Undo takes back; what was is saved first, so that History has it too. What is
// written meanwhile is taken along, and whoever chooses otherwise meanwhile stops it.
async function change(mode: Made, way: Way): Promise<void> {
  if (going.value) return;
  going.value = way;
  const from = content.value.mode;
  try {
    let value: string, before;
    do {
      if (!(await flush())) return toast(refusal.value || t("Two versions"), { bad: true });
      before = content.value;
      value = await way.code();
      if (going.value !== way || content.value.mode !== from) return;
    } while (content.value !== before);
    const commands: Command[] = [{ do: "letter", field: "mode", value: mode }, { do: "letter", field: "html", value }];
    if (!(changed = run({ do: "all", commands }))) return;
    sheet.value = "";
    toast(t("This letter is now made of what is shown."), { undo: true });
  } catch (e) {
    if (!(e instanceof Refusal)) throw e;
    toast(e.message, { bad: true });
  } finally {
    if (going.value === way) going.value = null;
  }
}

export function isMJML(code: string): boolean { return /<mjml[\s>]/i.test(code); }

// skeleton is where a letter in MJML begins.
function skeleton(): string {
  return `<mjml lang="${props.lang}">
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Arial, Helvetica, sans-serif" />
      <mj-text font-size="16px" line-height="1.5" color="#222222" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f4f4f4">
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text>${t("Hello")} {{ subscriber.first_name | default: "" }}</mj-text>
        <mj-button href="{{ shop.url }}" background-color="#0f6b5c">{{ shop.name }}</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;
}
