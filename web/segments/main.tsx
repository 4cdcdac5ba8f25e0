// The builder of segments: an island on the server's page, in the place of its form.
import { render } from "preact";
import { Builder, keys } from "./builder";
import { Chooser } from "./chooser";
import { watch } from "./count";
import { Json } from "./json";
import { Panel, Short } from "./panel";
import { Icon, IconButton } from "./parts";
import { clock, open, t, type Props } from "./props";
import { begin, busy, canRedo, canUndo, change, chooser, dirty, discard, name, older, problem, redo, restore, restored, said, save, undo, undoable, unread, view } from "./store";

function Page() {
  return (
    <div class="split sb" onKeyDown={keys}>
      <div class="stack">
        <Notes />
        <div class="card sb-card">
          <Top />
          {view.value === "json" ? <Json /> : <Builder />}
          <Foot />
        </div>
      </div>
      <Panel />
      {chooser.value && <Chooser />}
      <div class="toasts">{undoable.value && <div class="toast" role="status"><span>{undoable.value}</span><button type="button" class="link" onClick={undo}>{t("Undo")}</button></div>}</div>
      <span class="visually-hidden" role="status">{said.value}</span>
    </div>
  );
}

function Top() {
  const wrong = problem.value?.fields.name;
  const show = (to: "sentences" | "json") => { if (to === "json" || !unread.value) view.value = to; };
  return (
    <div class="sb-top">
      <div class="field"><label for="sb-name">{t("Name")}</label>
        <input id="sb-name" type="text" maxLength={200} value={name.value} onInput={(e) => { problem.value = undefined; change({ name: e.currentTarget.value }, "name"); }} {...(wrong ? { "aria-invalid": "true", "aria-describedby": "sb-name-fault" } : {})} />
        {wrong && <p id="sb-name-fault" class="sb-fault"><Icon name="circle-alert" />{wrong}</p>}</div>
      <div class="sb-bar" role="toolbar" aria-label={t("Rule")}>
        <IconButton icon="undo-2" label={t("Undo")} keys="Ctrl+Z" disabled={!canUndo.value} onClick={undo} />
        <IconButton icon="redo-2" label={t("Redo")} keys="Ctrl+Shift+Z" disabled={!canRedo.value} onClick={redo} />
        <div class="sb-views" role="group" aria-label={t("Shown as")}>
          <button type="button" aria-pressed={view.value === "sentences" ? "true" : "false"} disabled={unread.value !== undefined} onClick={() => show("sentences")}>{t("Sentences")}</button>
          <button type="button" aria-pressed={view.value === "json" ? "true" : "false"} onClick={() => show("json")}>JSON</button>
        </div>
      </div>
    </div>
  );
}

function Foot() {
  const other = problem.value && !problem.value.fields.name ? problem.value : undefined;
  return (
    <>
      {other && <div class="note bad" role="alert"><Icon name="circle-alert" /><p>{other.message} {other.status === 409 && <a href={location.href} target="_blank" rel="noopener">{t("Show how it is kept now")}</a>}</p></div>}
      <div class="sb-foot">
        <Short />
        <span class="muted sb-state">{dirty.value ? t("Not saved yet; this browser keeps it.") : ""}</span>
        <IconButton icon="check" text label={t("Save")} keys="Ctrl+S" class="primary" disabled={busy.value || unread.value !== undefined} onClick={() => void save()} />
      </div>
      <p class="hint sb-keys"><kbd>Alt</kbd> <kbd>↑</kbd> <kbd>↓</kbd> {t("moves a rule, also into groups and out of them")} · <kbd>Alt</kbd> <kbd>G</kbd> {t("groups it")} · <kbd>Ctrl</kbd> <kbd>D</kbd> {t("duplicates it")} · <kbd>Ctrl</kbd> <kbd>Delete</kbd> {t("removes it")} · <kbd>Ctrl</kbd> <kbd>Z</kbd> {t("takes back")}</p>
    </>
  );
}

function Notes() {
  if (restored.value) {
    return <div class="note" role="status"><Icon name="history" /><p>{t("Your changes of %s, not saved yet, are here again.", clock(restored.value.at))} <button type="button" class="link" onClick={discard}>{t("Throw them away")}</button></p></div>;
  }
  const draft = older.value;
  if (!draft) return null;
  return (
    <div class="note warn" role="status"><Icon name="triangle-alert" /><p>{t("This segment was saved elsewhere since your changes of %s.", clock(draft.at))} <button type="button" class="link" onClick={() => restore(draft)}>{t("Bring my changes back")}</button> <button type="button" class="link" onClick={discard}>{t("Throw them away")}</button></p></div>
  );
}

function main(el: HTMLElement): void {
  open(JSON.parse(el.dataset.props ?? "{}") as Props);
  begin();
  watch();
  el.replaceChildren();
  el.classList.add("sb-ready");
  document.addEventListener("keydown", (e) => { if (e.target === document.body) keys(e); });
  render(<Page />, el);
}

const root = document.getElementById("segment-builder");
if (root?.dataset.props) main(root);
