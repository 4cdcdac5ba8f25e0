// Designs: one in place of the letter, one undo away, or the letter as a new one.
import { useEffect, useState } from "preact/hooks";
import type { Content } from "./document";
import { Dialog } from "./dialog";
import { Choices } from "./fields";
import { get, post, Refusal } from "./http";
import { Icon } from "./icons";
import { languageName, props, t } from "./props";
import { body } from "./save";
import { content, dialog, run, select, toast } from "./store";

interface Card { name: string; sentence: string; lang: string; own: boolean; picture: string; content: string }

const sentence = (e: unknown) => (e instanceof Refusal ? e.message : t("Something went wrong."));

export function Designs() {
  const [all, setAll] = useState<Card[] | null>(null);
  const [failed, setFailed] = useState("");
  const [search, setSearch] = useState("");
  const [whose, setWhose] = useState<"all" | "own">("all");
  useEffect(() => { get<Card[]>(`${props.urls.designs}?lang=${props.lang}`).then(setAll, (e: unknown) => setFailed(sentence(e))); }, []);
  const use = async (card: Card) => {
    try {
      const design = await get<Content>(card.content);
      select(null);
      const lang = { ...design.document, lang: content.value.document.lang ?? props.lang };
      if (run({ do: "replace", content: { ...body(design), document: lang } })) toast(t("The letter is now “%s”.", card.name), { undo: true });
      dialog.value = "";
    } catch (e) { setFailed(sentence(e)); }
  };
  const shown = (all ?? []).filter((d) => (whose === "all" || d.own) && `${d.name} ${d.sentence}`.toLocaleLowerCase().includes(search.toLocaleLowerCase()));
  return (
    <Dialog title={t("Use a design")} wide>
      <div class="kc-designs">
        <div class="kc-row">
          <input class="kc-input" type="search" aria-label={t("Find a design")} placeholder={t("Find a design")} value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
          <Choices bare name={t("Whose")} value={whose} onChange={(v) => setWhose(v as "own")} choices={[{ value: "all", name: t("All") }, { value: "own", name: t("Yours") }]} />
        </div>
        <p class="kc-hint">{t("It takes the place of this letter. Undo brings the letter back.")}</p>
        {failed && <p class="kc-note kc-bad" role="alert">{failed}</p>}
        {all && shown.length === 0 && <p class="kc-note">{t("No design fits.")}</p>}
        <ul>{shown.map((d) => (
          <li key={d.content}><button type="button" onClick={() => void use(d)}>
            <span class="kc-look-at" aria-hidden="true"><iframe src={d.picture} sandbox="" loading="lazy" tabIndex={-1} title="" /></span>
            <b>{d.name}</b><span>{d.own ? `${t("Yours")} · ${languageName(d.lang)}` : d.sentence}</span>
          </button></li>
        ))}</ul>
      </div>
    </Dialog>
  );
}

export function KeepDesign() {
  const [name, setName] = useState(content.value.subject.replace(/\{[{%].*?[}%]\}/g, "").trim().slice(0, 120));
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);
  const keep = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      await post(props.urls.design!, { ...body(), name });
      toast(t("“%s” is among your designs now.", name.trim()));
      dialog.value = "";
    } catch (err) { setFailed(sentence(err)); }
    setBusy(false);
  };
  return (
    <Dialog title={t("Save as a design")}>
      <form class="kc-test" onSubmit={keep}>
        <p class="kc-hint">{t("A design is a letter to begin others with. This letter stays as it is.")}</p>
        <label class="kc-label" for="kc-design">{t("Name")}</label>
        <input id="kc-design" class="kc-input" maxLength={120} required value={name} onInput={(e) => setName(e.currentTarget.value)} />
        {failed && <p class="kc-note kc-bad" role="alert">{failed}</p>}
        <button class="kc-btn kc-primary" disabled={busy || !name.trim()}><Icon name="layout-template" /><span>{t("Save as a design")}</span></button>
      </form>
    </Dialog>
  );
}
