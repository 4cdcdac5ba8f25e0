// The composer: an island on the server's page, mounted on <div id="composer" data-props="…">.
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { blank } from "./blank";
import { count } from "./branches";
import { Canvas } from "./canvas";
import { Code } from "./code";
import { ghost } from "./drag";
import { handleKey } from "./keys";
import { Import } from "./importing";
import { Letter } from "./letter";
import { dropFiles, picturesOf } from "./images";
import { MediaDialog } from "./media";
import { ConflictBanner, Keys, Toasts } from "./notices";
import { Palette } from "./palette";
import { fromAddress } from "./jump";
import { Preflight } from "./preflight";
import { Preview } from "./preview";
import { IconButton } from "./icons";
import { open, props, t } from "./props";
import { body, keep } from "./save";
import { Reuse } from "./reuse";
import { Settings } from "./settings";
import { begin, block, content, device, dialog, select, selected, sheet } from "./store";
import { TestSend } from "./testsend";
import { Designs, KeepDesign } from "./designs";
import { Versions } from "./versions";
import { Dock, More, Topbar } from "./topbar";
import type { Content } from "./document";

function Composer() {
  const html = content.value.mode !== "blocks";
  return (
    <div class={`kc ${html ? "kc-html" : ""}`} data-sheet={sheet.value} data-over={props.over || undefined} onKeyDown={handleKey}>
      <Topbar />
      <ConflictBanner />
      <div class="kc-body">
        {html ? <Code /> : <Panel name="add" label={t("Blocks")}><Palette /></Panel>}
        <Canvas />
        <Panel name={block.value ? "block" : "letter"} label={t("Settings")}>
          {block.value && !html ? <Settings key={block.value.id} block={block.value} /> : <Letter />}
        </Panel>
      </div>
      {ghost.value && <div class="kc-ghost" style={{ left: `${ghost.value.x}px`, top: `${ghost.value.y}px` }}>{ghost.value.name}</div>}
      <Dock />
      <Toasts />
      {dialog.value === "more" && <More />}
      {dialog.value === "preflight" && <Preflight />}
      {dialog.value === "preview" && <Preview />}
      {dialog.value === "test" && <TestSend />}
      {dialog.value === "import" && <Import />}
      {dialog.value === "keys" && <Keys />}
      {dialog.value === "media" && <MediaDialog />}
      {dialog.value === "versions" && <Versions />}
      {dialog.value === "designs" && <Designs />}
      {dialog.value === "design" && <KeepDesign />}
      {dialog.value === "reuse" && <Reuse />}
    </div>
  );
}

// Panel stands beside the letter, or on a small screen comes up from below.
function Panel({ name, label, children }: { name: "add" | "block" | "letter"; label: string; children: preact.ComponentChildren }) {
  const el = useRef<HTMLElement>(null);
  const up = sheet.value === name;
  useEffect(() => { if (up) el.current?.querySelector<HTMLElement>("button, input")?.focus({ preventScroll: true }); }, [up, name]);
  return (
    <aside ref={el} inert={props.over} class={`kc-panel ${name === "add" ? "left" : "right"} ${up ? "up" : ""}`} aria-label={label}>
      <IconButton icon="chevron-down" label={t("Close the panel")} class="kc-lower" onClick={() => { sheet.value = ""; }} />
      {children}
    </aside>
  );
}

// whole gives a letter without a footer one, as the server will on saving.
function whole(first: Content): Content {
  const { blocks } = first.document;
  if (blocks.some((b) => b.type === "footer")) return first;
  return { ...first, document: { ...first.document, blocks: [...blocks, blank("footer")] } };
}

function main(el: HTMLElement): void {
  const { content: first } = open(el);
  begin(whole(body(first)));
  if (el.clientWidth <= 760) device.value = "phone";
  keep();
  count();
  select(null);
  const fill = () => el.style.setProperty("--kc-top", `${Math.round(el.getBoundingClientRect().top + scrollY)}px`);
  fill();
  addEventListener("resize", fill);
  // Focus falls to the page when what had it is taken away; the keys still mean the letter.
  document.addEventListener("keydown", (e) => { if (e.target === document.body) handleKey(e); });
  document.addEventListener("paste", (e) => {
    const files = picturesOf(e.clipboardData);
    if (files.length === 0 || props.over || dialog.value || content.value.mode !== "blocks") return;
    e.preventDefault();
    void dropFiles(files, selected.value);
  });
  render(<Composer />, el);
  fromAddress();
  addEventListener("hashchange", fromAddress);
}

const root = document.getElementById("composer");
if (root) main(root);
