// What the letter was: by day, with who and when; what differs from the present; back to it, one undo away.
import { useEffect, useState } from "preact/hooks";
import { kindOf } from "./blank";
import type { Content } from "./document";
import { Dialog } from "./dialog";
import { get, post, Refusal } from "./http";
import { Icon } from "./icons";
import { clock, n, props, t, told } from "./props";
import { body, bringing, flush } from "./save";
import { dark, dialog, run, select, toast } from "./store";

interface Version { n: number; name: string; by: string; at: string; sentAt?: string; sentTo: number; restored: number; present: boolean }
interface Piece { op: "same" | "add" | "del"; text: string }
interface Change { id: string; type: string; state: "added" | "removed" | "changed" | "moved"; words: Piece[]; other: boolean }
interface Compared { before: string; after: string; changes: Change[]; subject: Piece[]; preheader: Piece[] }

const sentence = (e: unknown) => (e instanceof Refusal ? e.message : t("Something went wrong."));

export function Versions() {
  const [all, setAll] = useState<Version[] | null>(null);
  const [chosen, setChosen] = useState<Version | null>(null);
  const [failed, setFailed] = useState("");
  const load = async () => {
    try {
      await flush();
      const { versions } = await get<{ versions: Version[] }>(props.urls.versions!);
      setAll(versions);
      setChosen((was) => versions.find((v) => v.n === was?.n) ?? versions[1] ?? versions[0] ?? null);
    } catch (e) { setFailed(sentence(e)); }
  };
  useEffect(() => void load(), []);
  const days = [...new Set((all ?? []).map((v) => day(v.at)))];
  return (
    <Dialog title={t("History")} wide>
      <div class="kc-preview kc-history">
        <aside>
          {failed && <p class="kc-note kc-bad" role="alert">{failed}</p>}
          {all && <p class="kc-hint">{t("Times are those of %s.", props.zone ?? "")}</p>}
          {days.map((name) => (
            <section key={name}>
              <h3>{name}</h3>
              <ul>{all!.filter((v) => day(v.at) === name).map((v) => (
                <li key={v.n}><button type="button" aria-pressed={chosen?.n === v.n ? "true" : "false"} onClick={() => setChosen(v)}>
                  <b>{v.name || (v.present ? t("Now") : clock(v.at))}</b>
                  <span>{[v.name || v.present ? clock(v.at) : "", v.by || t("Keepsake")].filter(Boolean).join(" · ")}</span>
                  {v.sentAt && <span class="kc-sent"><Icon name="send" />{n("sent to %d people", v.sentTo)}</span>}
                  {v.restored > 0 && <span>{t("brought back")}</span>}
                </button></li>
              ))}</ul>
            </section>
          ))}
        </aside>
        {chosen && <One key={chosen.n} version={chosen} again={load} />}
      </div>
    </Dialog>
  );
}

function day(at: string): string {
  return told(at, { weekday: "long", day: "numeric", month: "long" });
}

function One({ version, again }: { version: Version; again: () => Promise<void> }) {
  const [seen, setSeen] = useState<Compared | null>(null);
  const [failed, setFailed] = useState("");
  const [name, setName] = useState(version.name);
  const at = `${props.urls.versions}/${version.n}`;
  useEffect(() => {
    let late = false;
    post<Compared>(`${at}/compare`, { ...body(), dark: dark.peek() }).then((c) => !late && setSeen(c), (e: unknown) => !late && setFailed(sentence(e)));
    return () => { late = true; };
  }, []);
  const restore = async () => {
    try {
      const was = await get<Content & { version: number }>(at);
      await flush();
      select(null);
      bringing(version.n);
      if (run({ do: "replace", content: body(was) })) toast(t("The letter is as it was on %s, %s.", day(version.at), clock(version.at)), { undo: true });
      dialog.value = "";
    } catch (e) { setFailed(sentence(e)); }
  };
  const call = async (e: Event) => {
    e.preventDefault();
    try {
      await post(`${at}/name`, { name });
      await again();
    } catch (err) { setFailed(sentence(err)); }
  };
  const nothing = seen && seen.changes.length === 0 && plain(seen.subject) && plain(seen.preheader);
  return (
    <div class="kc-previews">
      <form class="kc-row kc-versionbar" onSubmit={call}>
        <input class="kc-input" aria-label={t("Name of this version")} placeholder={t("Name it, and it is kept for good")} maxLength={120} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        <button class="kc-btn" disabled={name.trim() === version.name}>{t("Keep the name")}</button>
        {!version.present && !props.over && <button type="button" class="kc-btn kc-primary" onClick={() => void restore()}><Icon name="rotate-ccw" /><span>{t("Restore")}</span></button>}
      </form>
      {failed && <p class="kc-note kc-bad" role="alert">{failed}</p>}
      {!seen && !failed && <div class="kc-waiting" role="status"><Icon name="loader-circle" /></div>}
      {nothing && <p class="kc-note">{t("It is the same as the letter is now.")}</p>}
      {seen && <>
        <div class="kc-pair">
          <figure><figcaption>{version.name || t("Then")}</figcaption><iframe src={seen.before} sandbox="allow-same-origin" title={t("The letter as it was")} /></figure>
          <figure><figcaption>{t("Now")}</figcaption><iframe src={seen.after} sandbox="allow-same-origin" title={t("The letter as it is")} /></figure>
        </div>
        <Words name={t("Subject")} words={seen.subject} />
        <Words name={t("Preheader")} words={seen.preheader} />
        <ul class="kc-changes" aria-label={t("What differs")}>
          {seen.changes.map((c, i) => <li key={i} class={c.state}><Said change={c} /></li>)}
        </ul>
      </>}
    </div>
  );
}

const plain = (words: Piece[]) => words.every((w) => w.op === "same");

function Said({ change }: { change: Change }) {
  const states = { added: t("added"), removed: t("removed"), changed: t("changed"), moved: t("moved") };
  const kind = change.type === "html" ? t("HTML code") : kindOf(change.type).name();
  return <><b>{kind}: {states[change.state]}</b>{change.other && plain(change.words) && <span>{t("not its words: a picture, an address or its looks")}</span>}
    {!plain(change.words) && <Marked words={change.words} />}</>;
}

function Words({ name, words }: { name: string; words: Piece[] }) {
  return plain(words) ? null : <p class="kc-words"><b>{name}: </b><Marked words={words} /></p>;
}

function Marked({ words }: { words: Piece[] }) {
  return <span class="kc-marked">{words.map((w, i) => (w.op === "add" ? <ins key={i}>{w.text}</ins> : w.op === "del" ? <del key={i}>{w.text}</del> : <span key={i}>{w.text}</span>))}</span>;
}
