// What the composer says by itself: toasts, uploads, the other version, the list of keys.
import { Dialog } from "./dialog";
import { Icon, IconButton } from "./icons";
import { uploads } from "./images";
import { clock, t } from "./props";
import { conflict, keepMine, takeTheirs } from "./save";
import { dismiss, said, toasts, undo } from "./store";

export function Toasts() {
  return (
    <div class="kc-toasts" role="status">
      {uploads.value.map((u) => <div key={u.name} class="kc-toast"><Icon name="upload" /><span>{t("Uploading %s", u.name)}</span>
        <progress max={1} value={u.done} aria-label={t("Uploading %s", u.name)} /></div>)}
      {toasts.value.map((x) => (
        <div key={x.id} class={`kc-toast ${x.bad ? "bad" : ""}`}>
          {x.bad && <Icon name="circle-alert" />}<span>{x.text}</span>
          {x.undo && <button type="button" onClick={() => { undo(); dismiss(x.id); }}>{t("Undo")}</button>}
          <IconButton icon="x" label={t("Dismiss")} onClick={() => dismiss(x.id)} />
        </div>
      ))}
      <span class="kc-sr">{said.value}</span>
    </div>
  );
}

export function ConflictBanner() {
  const other = conflict.value;
  if (!other) return null;
  const text = other.by && other.at ? t("%s saved this letter at %s while you were writing.", other.by, clock(other.at)) : t("This letter was saved elsewhere while you were writing.");
  return (
    <div class="kc-banner" role="alert">
      <Icon name="users" />
      <p><b>{text}</b> {t("Either way nothing is lost: undo brings the other version back.")}</p>
      <button type="button" class="kc-btn" onClick={takeTheirs}>{t("Show the other version")}</button>
      <button type="button" class="kc-btn kc-primary" onClick={keepMine}>{t("Keep mine")}</button>
    </div>
  );
}

export function Keys() {
  const keys: [string, string][] = [
    ["↑ ↓", t("Choose a block")], ["Enter", t("Write in the block")], ["Alt + Enter", t("Settings of the block")], ["Esc", t("Leave the text, then the block")], ["/", t("Add a block")],
    ["Alt + ↑ ↓", t("Move the block up or down")], ["Alt + ← →", t("Move the block into or between columns")], ["Ctrl + D", t("Duplicate the block")], ["Delete", t("Delete the block")],
    ["Ctrl + Z", t("Undo")], ["Ctrl + Shift + Z", t("Redo")], ["Ctrl + B, I, U", t("Bold, italic, underlined")], ["Ctrl + S", t("Save now")], ["Ctrl + F", t("Find and replace")], ["?", t("Keyboard shortcuts")],
  ];
  return (
    <Dialog title={t("Keyboard shortcuts")}>
      <dl class="kc-keys">{keys.map(([key, name]) => <div key={key}><dt>{name}</dt><dd><kbd>{key}</kbd></dd></div>)}</dl>
    </Dialog>
  );
}
