// The pre-flight: what is right, what is worth a look and what must be put right, each line with the way there.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Dialog } from "./dialog";
import { post, Refusal } from "./http";
import { Icon, IconButton } from "./icons";
import { jump, type Place } from "./jump";
import { n, props, t } from "./props";
import { body, savedAt } from "./save";
import { dialog } from "./store";

interface Line extends Place { level: "pass" | "warn" | "fail" | "wait"; about: string; text: string; why?: string; href?: string }

const lines = signal<Line[] | null>(null);
const failed = signal("");
const busy = signal(false);
let asked = 0;

const AGAIN = 1500; // ms until links that are being opened are asked for again
const icons = { fail: "circle-alert", warn: "triangle-alert", wait: "loader-circle", pass: "circle-check" };

// look asks the server to look over the letter as it is now.
async function look(again = false): Promise<void> {
  const mine = ++asked;
  busy.value = true;
  try {
    const answer = await post<{ lines: Line[] }>(`${props.urls.preflight}${again ? "?again=1" : ""}`, body());
    if (mine !== asked) return;
    lines.value = answer.lines;
    failed.value = "";
  } catch (e) {
    if (mine === asked) failed.value = e instanceof Refusal ? e.message : t("Something went wrong.");
  } finally {
    if (mine === asked) busy.value = false;
  }
}

export function Preflight() {
  useEffect(() => { void look(); }, [savedAt.value]);
  const waits = lines.value?.some((l) => l.level === "wait") && !busy.value && !failed.value;
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => void look(), AGAIN);
    return () => clearTimeout(timer);
  }, [waits]);
  const all = lines.value ?? [];
  return (
    <Dialog title={t("Pre-flight")}>
      <div class="kc-preflight">
        <header>
          {(["fail", "warn", "pass"] as const).map((level) => <Count key={level} level={level} count={all.filter((l) => l.level === level).length} />)}
          <IconButton icon="refresh-cw" label={t("Look again")} text class={`kc-btn ${busy.value ? "kc-busy" : ""}`} onClick={() => void look(true)} />
        </header>
        {failed.value && <p class="kc-note kc-bad" role="alert"><Icon name="circle-alert" />{failed.value}</p>}
        {!lines.value && !failed.value && <div class="kc-waiting" role="status"><Icon name="loader-circle" /><span class="kc-sr">{t("The letter is being looked over.")}</span></div>}
        <ul aria-live="polite">
          {all.filter((l) => l.level !== "pass").map((l) => <Item key={l.level + l.text} line={l} />)}
        </ul>
        {all.some((l) => l.level === "pass") && (
          <details class="kc-passed"><summary><Icon name="chevron-right" />{n("%d checks in order", all.filter((l) => l.level === "pass").length)}</summary>
            <ul>{all.filter((l) => l.level === "pass").map((l) => <Item key={l.text} line={l} />)}</ul></details>
        )}
      </div>
    </Dialog>
  );
}

function Count({ level, count }: { level: "fail" | "warn" | "pass"; count: number }) {
  const name = { fail: n("%d to put right", count), warn: n("%d worth a look", count), pass: n("%d in order", count) }[level];
  return <span class={`kc-tally ${count ? level : ""}`}><Icon name={icons[level]} />{name}</span>;
}

function Item({ line }: { line: Line }) {
  const leads = line.level !== "pass" && (line.block || line.field);
  return (
    <li class={line.level}>
      <Icon name={icons[line.level]} />
      <div>
        {line.href && line.level !== "pass" ? <a href={line.href}>{line.text}</a>
          : leads ? <button type="button" onClick={() => { if (!jump(line)) dialog.value = ""; }}>{line.text}</button>
          : <p>{line.text}</p>}
        {line.why && line.level !== "pass" && <details><summary>{t("Why this matters")}</summary><p>{line.why}</p></details>}
      </div>
    </li>
  );
}
