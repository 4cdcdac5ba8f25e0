// The dialog to choose a picture: the library, what is uploaded now, and the program's own drawings.
import { useEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { Choices } from "./fields";
import { Refusal, type Media as Picture } from "./http";
import { Icon } from "./icons";
import { picturesOf, send, types, uploads } from "./images";
import { drawn, ownAlt, put, shelf, wanted, type Shelf, type Wanted } from "./library";
import { t } from "./props";
import { dialog, toasts } from "./store";

const PAUSE = 150; // ms after the last key
const nothing: Shelf = { pictures: [], tags: [], drawings: [], next: 0 };

export function MediaDialog() {
  return wanted.value && <Body to={wanted.value} />;
}

function Body({ to }: { to: Wanted }) {
  const [tab, setTab] = useState<"mine" | "drawings">("mine");
  const [query, setQuery] = useState("");
  const [tag, setTag] = useState("");
  const [seen, setSeen] = useState<Shelf>(nothing);
  const [state, setState] = useState<"asking" | "there" | string>("asking");
  const [chosen, choose] = useState<Picture | null>(null);
  const [over, setOver] = useState(false);

  const ask = async (before: number, abort: AbortSignal) => {
    try {
      const got = await shelf(query.trim(), tag, before, abort);
      if (abort.aborted) return;
      setSeen((was) => (before ? { ...got, pictures: [...was.pictures, ...got.pictures] } : got));
      setState("there");
    } catch (e) {
      if (e instanceof Refusal && !abort.aborted) setState(e.message);
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => void ask(0, abort.signal), query ? PAUSE : 0);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [query, tag]);

  const uploadAll = async (files: File[]) => {
    setTab("mine");
    for (const file of files) {
      const media = await send(file);
      if (!media) continue;
      setSeen((was) => ({ ...was, pictures: [media, ...was.pictures.filter((p) => p.id !== media.id)] }));
      choose(media);
    }
  };
  const pasted = (e: ClipboardEvent) => {
    const files = picturesOf(e.clipboardData);
    if (files.length > 0) { e.preventDefault(); e.stopPropagation(); void uploadAll(files); }
  };
  const dropped = (e: DragEvent) => { e.preventDefault(); setOver(false); void uploadAll([...(e.dataTransfer?.files ?? [])]); };

  const words = query.trim().toLowerCase();
  const shown = tab === "mine" ? seen.pictures : seen.drawings.map(drawn).filter((p) => p.name.toLowerCase().includes(words));
  return (
    <Dialog title={t("Choose a picture")} wide>
      <div class={`kc-media ${over ? "over" : ""}`} onPaste={pasted} onDrop={dropped} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}>
        <div class="kc-mediabar">
          <div class="kc-search"><Icon name="search" /><input type="search" value={query} aria-label={t("Name, description or tag")} placeholder={t("Name, description or tag")} onInput={(e) => setQuery(e.currentTarget.value)} /></div>
          <Choices bare name={t("Pictures")} value={tab} onChange={(v) => { setTab(v as typeof tab); choose(null); }}
            choices={[{ value: "mine", name: t("Library") }, { value: "drawings", name: t("Drawings") }]} />
          <UploadButton upload={(files) => void uploadAll(files)} />
        </div>
        {tab === "mine" && seen.tags.length > 0 && <Tags tags={seen.tags} tag={tag} choose={setTag} />}
        <div class="kc-mediascroll">
          {uploads.value.map((u) => <p key={u.name} class="kc-sending" role="status"><span>{u.name}</span><progress max={1} value={u.done} aria-label={t("Uploading %s", u.name)} /></p>)}
          {toasts.value.filter((x) => x.bad).map((x) => <p key={x.id} class="kc-note kc-bad" role="alert"><Icon name="circle-alert" />{x.text}</p>)}
          {state !== "asking" && state !== "there" && <p class="kc-note kc-bad" role="alert"><Icon name="circle-alert" />{state}</p>}
          {shown.length > 0 ? <Grid pictures={shown} now={chosen?.asset ?? to.asset} choose={choose} />
            : state === "there" && <p class="kc-mediaempty">{words || tag ? t("No picture fits") : t("No pictures yet: upload one, drop it here or paste it.")}</p>}
          {tab === "mine" && seen.next > 0 && <button type="button" class="kc-btn kc-more" onClick={() => void ask(seen.next, new AbortController().signal)}>{t("Older")}</button>}
        </div>
        <Foot key={chosen?.asset} to={to} chosen={chosen} />
      </div>
    </Dialog>
  );
}

function UploadButton({ upload }: { upload: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="kc-btn" onClick={() => input.current!.click()}><Icon name="upload" /><span>{t("Upload")}</span></button>
      <input ref={input} type="file" hidden multiple accept={types} onChange={(e) => { const all = [...(e.currentTarget.files ?? [])]; e.currentTarget.value = ""; upload(all); }} />
    </>
  );
}

function Tags({ tags, tag, choose }: { tags: Shelf["tags"]; tag: string; choose: (tag: string) => void }) {
  return (
    <div class="kc-tags" role="group" aria-label={t("Tags")}>
      {tags.slice(0, 30).map((x) => (
        <button key={x.tag} type="button" aria-pressed={x.tag === tag ? "true" : "false"} onClick={() => choose(x.tag === tag ? "" : x.tag)}>{x.tag} <small>{x.count}</small></button>
      ))}
    </div>
  );
}

// Grid is one stop of the Tab key: arrows choose a picture, Enter goes on to what it shows.
function Grid({ pictures, now, choose }: { pictures: Picture[]; now: string; choose: (p: Picture) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(0, pictures.findIndex((p) => p.asset === now));
  const keys = (e: KeyboardEvent) => {
    const items = [...list.current!.children] as HTMLElement[];
    const row = items.filter((i) => i.offsetTop === items[0]!.offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -items.length, End: items.length }[e.key];
    if (e.key === "Enter" || e.key === " ") { choose(pictures[at]!); requestAnimationFrame(() => document.querySelector<HTMLElement>(".kc-mediafoot input, .kc-mediafoot .kc-primary")?.focus()); }
    else if (step === undefined) return;
    else { const next = Math.min(items.length - 1, Math.max(0, at + step)); choose(pictures[next]!); items[next]!.focus(); }
    e.preventDefault();
  };
  return (
    <div ref={list} class="kc-mediagrid" role="listbox" aria-label={t("Pictures")} onKeyDown={keys}>
      {pictures.map((p, i) => (
        <div key={p.asset} role="option" tabIndex={i === at ? 0 : -1} aria-selected={p.asset === now ? "true" : "false"} aria-label={p.alt || p.name} title={p.name} onClick={() => choose(p)}>
          <span class="kc-shot"><img src={p.thumb} alt="" loading="lazy" /></span><small>{p.name}</small>
        </div>
      ))}
    </div>
  );
}

// Foot asks what the chosen picture shows and puts it in.
function Foot({ to, chosen }: { to: Wanted; chosen: Picture | null }) {
  const [alt, setAlt] = useState(chosen?.alt ?? "");
  const [decorative, setDecorative] = useState(false);
  const [asked, setAsked] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const asks = ownAlt(to);
  const insert = (e: Event) => {
    e.preventDefault();
    if (!chosen) return;
    if (asks && !alt.trim() && !decorative) { setAsked(true); input.current?.focus(); return; }
    put(to, { asset: chosen.asset, alt: alt.trim(), decorative, ...(chosen.id ? { of: chosen } : {}) });
    dialog.value = "";
  };
  return (
    <form class="kc-mediafoot" onSubmit={insert}>
      {!chosen && <p class="kc-hint">{t("Choose a picture, or drop one here.")}</p>}
      {chosen && asks && (
        <div class="kc-medialt">
          <label class="kc-label" for="kc-medialt">{t("Alternative text")}</label>
          <input ref={input} id="kc-medialt" class="kc-input" value={alt} maxLength={500} disabled={decorative} aria-invalid={asked && !alt && !decorative ? "true" : "false"} aria-describedby="kc-medialt-why" onInput={(e) => setAlt(e.currentTarget.value)} />
          <label class="kc-check"><input type="checkbox" checked={decorative} onChange={(e) => setDecorative(e.currentTarget.checked)} /> {t("Only decoration")}</label>
          <p id="kc-medialt-why" class={`kc-hint ${asked && !alt && !decorative ? "kc-bad" : ""}`}>{t("Say what the picture shows; it is read aloud and shown when pictures are off.")}</p>
        </div>
      )}
      {chosen && !asks && <p class="kc-hint">{chosen.name}</p>}
      <button type="submit" class="kc-btn kc-primary" disabled={!chosen}><Icon name="image" /><span>{t("Put it in")}</span></button>
    </form>
  );
}
