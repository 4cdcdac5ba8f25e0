// The preview: the letter as one person gets it, on a phone and a computer, in the dark, without pictures and as text, side by side.
import { useEffect, useRef, useState } from "preact/hooks";
import { kindOf } from "./blank";
import { Dialog } from "./dialog";
import { find } from "./document";
import { post, Refusal } from "./http";
import { Icon } from "./icons";
import { PersonSearch } from "./people";
import { labelOf } from "./schema";
import { n, props, t, type Person } from "./props";
import { body } from "./save";
import { content } from "./store";

interface Seen { src: string; text: string; subject: string; preheader: string; missing: string[] | null }
interface StandIn extends Person { why: "longest" | "lacking" | "shown" | "hidden"; path?: string; block?: string }

type Kind = "phone" | "desktop" | "dark" | "words" | "bare";
const kinds: Kind[] = ["phone", "desktop", "dark", "bare", "words"];
const widths: Record<Kind, number> = { phone: 375, desktop: 640, dark: 375, bare: 375, words: 375 };
const icons: Record<Kind, string> = { phone: "smartphone", desktop: "monitor", dark: "moon", bare: "image-off", words: "file-text" };
const names = (): Record<Kind, string> => ({ phone: t("Phone"), desktop: t("Computer"), dark: t("Dark"), bare: t("Pictures off"), words: t("Plain text") });

export function Preview() {
  const [person, setPerson] = useState<Person | null>(null);
  const [on, setOn] = useState<Kind>("phone");
  const [seen, setSeen] = useState<Seen | null>(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    let late = false;
    post<Seen>(props.urls.preview, { ...body(), ...(person ? { person: person.id } : {}) })
      .then((s) => { if (!late) { setSeen(s); setFailed(""); } })
      .catch((e: unknown) => { if (!late) setFailed(e instanceof Refusal ? e.message : t("Something went wrong.")); });
    return () => { late = true; };
  }, [person]);
  return (
    <Dialog title={t("Preview")} wide>
      <div class="kc-preview">
        <aside>
          <details class="kc-fold" open={innerWidth > 760}>
            <summary><Icon name="chevron-right" />{t("As seen by")}{person ? `: ${person.name || person.email}` : ""}</summary>
            <PersonSearch person={person} choose={setPerson} />
            {!person && <p class="kc-hint">{t("Until somebody is chosen, sample values are shown.")}</p>}
            <StandIns chosen={person} choose={setPerson} />
          </details>
          {!!seen?.missing?.length && (
            <div class="kc-note kc-warn"><Icon name="triangle-alert" /><span>{n("%d values are missing here and have no fallback:", seen.missing.length)} {seen.missing.map(labelOf).join(", ")}</span></div>
          )}
        </aside>
        <div class="kc-previews">
          {failed && <p class="kc-note kc-bad" role="alert"><Icon name="circle-alert" />{failed}</p>}
          {seen && <Inbox seen={seen} />}
          <div class="kc-tabs" role="tablist" aria-label={t("Screen")}>
            {kinds.map((kind) => (
              <button key={kind} type="button" role="tab" id={`kc-tab-${kind}`} aria-selected={kind === on ? "true" : "false"} aria-controls={`kc-look-${kind}`} onClick={() => setOn(kind)}>
                <Icon name={icons[kind]} /><span>{names()[kind]}</span></button>
            ))}
          </div>
          {seen && <div class="kc-devices">{kinds.map((kind) => <Device key={kind} kind={kind} seen={seen} on={kind === on} />)}</div>}
          {!seen && !failed && <div class="kc-waiting" role="status"><Icon name="loader-circle" /></div>}
        </div>
      </div>
    </Dialog>
  );
}

// Inbox is the letter's line in a list of letters, as wide as a phone.
function Inbox({ seen }: { seen: Seen }) {
  return (
    <div class="kc-inbox" role="group" aria-label={t("In the inbox of a phone")}>
      <i class="kc-initial" aria-hidden="true"><Icon name="mail" /></i>
      <span><b>{seen.subject || t("No subject yet")}</b><span>{seen.preheader}</span></span>
    </div>
  );
}

// StandIns are real people at the letter's edges, found by the server.
function StandIns({ chosen, choose }: { chosen: Person | null; choose: (p: Person) => void }) {
  const [all, setAll] = useState<StandIn[]>([]);
  useEffect(() => {
    let late = false;
    if (props.urls.standIns) post<StandIn[]>(props.urls.standIns, body()).then((found) => { if (!late) setAll(found); }, () => undefined); // only a convenience
    return () => { late = true; };
  }, []);
  if (all.length === 0) return null;
  return (
    <div class="kc-standins">
      <h3>{t("Worth a look")}</h3>
      <ul>
        {all.map((s) => (
          <li key={`${s.why} ${s.path ?? ""} ${s.block ?? ""}`}>
            <button type="button" aria-pressed={chosen?.id === s.id ? "true" : "false"} onClick={() => choose(s)}>
              <Icon name={{ longest: "text-cursor", lacking: "user-x", shown: "eye", hidden: "eye-off" }[s.why]} />
              <span><b>{reason(s)}</b><small>{s.name || s.email}</small></span></button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function reason(s: StandIn): string {
  switch (s.why) {
    case "longest": return t("The longest name");
    case "lacking": return t("Without “%s”", labelOf(s.path ?? ""));
    case "shown": return t("Gets the block “%s”", blockName(s.block));
    case "hidden": return t("Does not get the block “%s”", blockName(s.block));
  }
}

function blockName(id: string | undefined): string {
  const block = find(content.value.document, id ?? null)?.block;
  return block ? kindOf(block.type).name() : id ?? "";
}

// Device shows the letter at its true width, made smaller when there is no room for it.
function Device({ kind, seen, on }: { kind: Kind; seen: Seen; on: boolean }) {
  const hold = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ w: 0, h: 0 });
  useEffect(() => {
    const watch = new ResizeObserver(([e]) => setRoom({ w: e!.contentRect.width, h: e!.contentRect.height }));
    watch.observe(hold.current!);
    return () => watch.disconnect();
  }, []);
  const width = widths[kind];
  const scale = room.w ? Math.min(1, room.w / width) : 1;
  const query = kind === "dark" ? "?dark=1" : kind === "bare" ? "?pictures=off" : "";
  const title = { phone: t("Letter on a phone"), desktop: t("Letter on a computer"), dark: t("Letter in the dark"), bare: t("Letter without pictures"), words: t("Plain text") }[kind];
  return (
    <figure class={`kc-device ${kind} ${on ? "on" : ""}`} role="tabpanel" id={`kc-look-${kind}`} aria-labelledby={`kc-tab-${kind}`}>
      <figcaption><Icon name={icons[kind]} />{names()[kind]}</figcaption>
      <div ref={hold} class="kc-hold">
        {kind === "words" ? <pre tabIndex={0} aria-label={title}>{seen.text}</pre>
          : <iframe key={seen.src} src={seen.src + query} sandbox="allow-same-origin" title={title}
            style={{ width: `${width}px`, height: `${(room.h || 500) / scale}px`, transform: `scale(${scale})` }} />}
      </div>
    </figure>
  );
}
