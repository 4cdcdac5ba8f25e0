// The preview: the letter as one person gets it, on a computer and a phone at once.
import { useEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { Choices } from "./fields";
import { post, Refusal } from "./http";
import { Icon } from "./icons";
import { PersonSearch } from "./people";
import { labelOf } from "./schema";
import { n, props, t, type Person } from "./props";
import { body } from "./save";

interface Seen { src: string; text: string; subject: string; preheader: string; missing: string[] | null }
interface Wish { person: Person | null; dark: boolean }

const widths = { desktop: 640, phone: 375 };

export function Preview() {
  const [wish, setWish] = useState<Wish>({ person: null, dark: false });
  const [as, setAs] = useState<"html" | "text">("html");
  const [images, setImages] = useState(true);
  const [seen, setSeen] = useState<{ desktop: Seen; phone: Seen } | null>(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    let late = false;
    const ask = (width: number) => post<Seen>(props.urls.preview, { ...body(), dark: wish.dark, width, ...(wish.person ? { person: wish.person.id } : {}) });
    Promise.all([ask(widths.desktop), ask(widths.phone)])
      .then(([desktop, phone]) => { if (!late) { setSeen({ desktop, phone }); setFailed(""); } })
      .catch((e: unknown) => { if (!late) setFailed(e instanceof Refusal ? e.message : t("Something went wrong.")); });
    return () => { late = true; };
  }, [wish]);
  const facts = seen?.desktop;
  return (
    <Dialog title={t("Preview")} wide>
      <div class="kc-preview">
        <aside>
          <h3>{t("As seen by")}</h3>
          <PersonSearch person={wish.person} choose={(person) => setWish({ ...wish, person })} />
          {!wish.person && <p class="kc-hint">{t("Until somebody is chosen, sample values are shown.")}</p>}
          <Choices name={t("Colours")} value={wish.dark ? "dark" : "light"} onChange={(v) => setWish({ ...wish, dark: v === "dark" })}
            choices={[{ value: "light", name: t("Light"), icon: "sun" }, { value: "dark", name: t("Dark"), icon: "moon" }]} />
          <Choices name={t("Part")} value={as} onChange={(v) => setAs(v as "html")} choices={[{ value: "html", name: t("Letter") }, { value: "text", name: t("Plain text") }]} />
          <label class="kc-toggle"><input type="checkbox" role="switch" class="kc-sr" checked={!images} onChange={(e) => setImages(!e.currentTarget.checked)} />
            <span class="kc-switch" aria-hidden="true" /><span>{t("Pictures off")}</span></label>
          {!!facts?.missing?.length && (
            <div class="kc-note kc-warn"><Icon name="triangle-alert" /><span>{n("%d values are missing here and have no fallback:", facts.missing.length)} {facts.missing.map(labelOf).join(", ")}</span></div>
          )}
        </aside>
        <div class="kc-previews">
          {failed && <p class="kc-note kc-bad" role="alert"><Icon name="circle-alert" />{failed}</p>}
          {facts && <p class="kc-inboxline"><b>{facts.subject}</b><span>{facts.preheader}</span></p>}
          {facts && as === "text" && <pre tabIndex={0} aria-label={t("Plain text")}>{facts.text}</pre>}
          {seen && as === "html" && <div class="kc-devices"><Device kind="desktop" src={seen.desktop.src} images={images} /><Device kind="phone" src={seen.phone.src} images={images} /></div>}
          {!seen && !failed && <div class="kc-waiting" role="status"><Icon name="loader-circle" /></div>}
        </div>
      </div>
    </Dialog>
  );
}

// Device shows the letter at its true width, made smaller when there is no room for it.
function Device({ kind, src, images }: { kind: "desktop" | "phone"; src: string; images: boolean }) {
  const hold = useRef<HTMLDivElement>(null), frame = useRef<HTMLIFrameElement>(null);
  const [room, setRoom] = useState({ w: 0, h: 0 });
  useEffect(() => {
    const watch = new ResizeObserver(([e]) => setRoom({ w: e!.contentRect.width, h: e!.contentRect.height }));
    watch.observe(hold.current!);
    return () => watch.disconnect();
  }, []);
  const width = widths[kind];
  const scale = room.w ? Math.min(1, room.w / width) : 1;
  const loaded = () => { if (!images) hidePictures(frame.current?.contentDocument); };
  return (
    <figure class={`kc-device ${kind}`}>
      <figcaption><Icon name={kind === "phone" ? "smartphone" : "monitor"} />{kind === "phone" ? t("Phone") : t("Computer")}</figcaption>
      <div ref={hold} class="kc-hold">
        <iframe key={`${src} ${images}`} ref={frame} src={src} onLoad={loaded} sandbox="allow-same-origin" title={kind === "phone" ? t("Letter on a phone") : t("Letter on a computer")}
          style={{ width: `${width}px`, height: `${(room.h || 500) / scale}px`, transform: `scale(${scale})` }} />
      </div>
    </figure>
  );
}

// hidePictures shows what stands in for pictures in programs that do not load them.
function hidePictures(doc: Document | null | undefined): void {
  for (const image of doc?.images ?? []) {
    image.removeAttribute("srcset");
    image.src = "data:,";
  }
}
