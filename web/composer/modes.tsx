// What a letter is made of: blocks, MJML or HTML, and the honest way from one to another.
import { Choices } from "./fields";
import { post, Refusal } from "./http";
import { props, t } from "./props";
import { body } from "./save";
import { IconButton } from "./icons";
import { content, dialog, run, toast } from "./store";
import type { Command } from "./commands";

type Made = "blocks" | "mjml" | "html";

export function Mode() {
  const mode = content.value.mode as Made;
  const said: Record<Made, string> = {
    blocks: t("Blocks are drawn to fit every mail program. As HTML code you get what they make, once; the blocks stay as they are."),
    mjml: t("MJML becomes HTML for mail programs when it is sent. It can be turned into HTML code, but not back."),
    html: t("HTML code is sent as it is, with its styles moved into the tags. It cannot be turned into blocks or MJML."),
  };
  return (
    <div class="kc-mode">
      <Choices name={t("Made of")} value={mode} onChange={(v) => void change(mode, v as Made)}
        choices={[{ value: "blocks", name: t("Blocks") }, { value: "mjml", name: t("MJML") }, { value: "html", name: t("HTML") }]} />
      <p class="kc-hint">{said[mode]}</p>
      {props.urls.import && !props.over && <IconButton icon="file-up" label={t("Import")} text class="kc-btn" onClick={() => { dialog.value = "import"; }} />}
    </div>
  );
}

// change switches in one step that Undo takes back. Code of the wanted kind that is there already is kept.
async function change(from: Made, to: Made): Promise<void> {
  if (from === to) return;
  const { html } = content.value;
  const fits = to === "blocks" || (html.trim() !== "" && isMJML(html) === (to === "mjml"));
  if (fits) return take(to, html, t("This letter is now made of what is shown."));
  if (to === "mjml") return take(to, skeleton(), t("A new MJML letter. What you had is one Undo away."));
  if (from === "blocks" && html.trim() === "" || isMJML(html)) {
    try {
      const made = await post<{ html: string }>(props.urls.convert, body());
      return take(to, made.html, t("The letter as HTML. What you had is one Undo away."));
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      return toast(e.message, { bad: true });
    }
  }
  take(to, html, t("This letter is now made of what is shown."));
}

function take(mode: Made, html: string, said: string): void {
  const commands: Command[] = [{ do: "letter", field: "mode", value: mode }, { do: "letter", field: "html", value: html }];
  if (run({ do: "all", commands })) toast(said, { undo: true });
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
