// The top: languages, undo, how the letter is looked at, whether it is saved, and what to do with it.
import { Choices } from "./fields";
import { Dialog } from "./dialog";
import { IconButton, Icon } from "./icons";
import { clock, languageName, n, props, t } from "./props";
import { flush, refusal, savedAt, state } from "./save";
import { canRedo, canUndo, content, dark, device, dialog, problems, redo, select, sheet, undo } from "./store";

type Other = [name: typeof dialog.value, icon: string, label: string, keys?: string];

// others are what is done with a letter less often; a small screen has them behind "More".
const others = (): Other[] => [
  ...(props.urls.versions ? [["versions", "history", t("History")] as Other] : []),
  ...(props.urls.designs && !props.over ? [["designs", "layout-template", t("Use a design…")] as Other] : []),
  ...(props.urls.design ? [["design", "copy-plus", t("Save as a design…")] as Other] : []),
  ["keys", "keyboard", t("Keyboard shortcuts"), "?"],
];

export function Topbar() {
  return (
    <header class="kc-top" role="group" aria-label={t("Composer")}>
      <Languages />
      <Variants />
      <div class="kc-group" role="group" aria-label={t("Changes")}>
        <IconButton icon="undo-2" label={t("Undo")} keys="Ctrl+Z" disabled={!canUndo.value} onClick={undo} />
        <IconButton icon="redo-2" label={t("Redo")} keys="Ctrl+Shift+Z" disabled={!canRedo.value} onClick={redo} />
      </div>
      <div class="kc-group kc-views">
        <Choices bare name={t("Screen")} value={device.value} onChange={(v) => { device.value = v as "phone" }}
          choices={[{ value: "desktop", name: t("Computer"), icon: "monitor" }, { value: "phone", name: t("Phone"), icon: "smartphone" }]} />
        <Choices bare name={t("Colours")} value={dark.value ? "dark" : "light"} onChange={(v) => { dark.value = v === "dark" }}
          choices={[{ value: "light", name: t("Light"), icon: "sun" }, { value: "dark", name: t("Dark"), icon: "moon" }]} />
      </div>
      <Status />
      <Troubles />
      <div class="kc-group kc-ends">
        {others().map(([name, icon, label, keys]) => <IconButton key={name} icon={icon} label={label} {...(keys ? { keys } : {})} onClick={() => { dialog.value = name; }} />)}
        {props.urls.preflight && <IconButton icon="list-checks" label={t("Pre-flight")} text class="kc-btn" onClick={() => { dialog.value = "preflight"; }} />}
        <IconButton icon="send" label={t("Send a test")} text class="kc-btn" onClick={() => { dialog.value = "test"; }} />
        <IconButton icon="eye" label={t("Preview")} text class="kc-btn kc-primary" onClick={() => { dialog.value = "preview"; }} />
      </div>
    </header>
  );
}

// Languages are links: each language of a message is a letter of its own, with its own address.
function Languages() {
  if (props.langs.length < 2) return null;
  return (
    <nav class="kc-langs" aria-label={t("Language of the letter")}>
      {props.langs.map((lang) => (
        <a key={lang} href={address(lang)} lang={lang} hreflang={lang} title={languageName(lang)}
          aria-current={lang === props.lang ? "page" : undefined}>{lang.toUpperCase()}<span class="kc-sr"> {languageName(lang)}</span></a>
      ))}
    </nav>
  );
}

// Variants are links too: what an A/B test compares are letters of their own.
function Variants() {
  const { variants = [], urls } = props;
  if (variants.length < 2 || !urls.variant) return null;
  return (
    <nav class="kc-langs" aria-label={t("Variant of the letter")}>
      {variants.map((v) => (
        <a key={v} href={urls.variant!.replace("{variant}", v)} title={t("Variant %s", v.toUpperCase())}
          aria-current={v === props.variant ? "page" : undefined}><span class="kc-sr">{t("Variant %s", "")}</span>{v.toUpperCase()}</a>
      ))}
    </nav>
  );
}

function address(lang: string): string {
  if (props.urls.lang) return props.urls.lang.replace("{lang}", lang);
  const url = new URL(location.href);
  url.searchParams.set("lang", lang);
  return url.pathname + url.search;
}

function Status() {
  const said: Record<typeof state.value, [icon: string, text: string]> = {
    saved: ["cloud-check", savedAt.value ? t("Saved %s", clock(savedAt.value)) : t("Saved")],
    dirty: ["pencil", t("Not saved yet")],
    saving: ["loader-circle", t("Saving")],
    offline: ["cloud-off", t("Offline: kept in this browser")],
    refused: ["triangle-alert", t("Not saved")],
    conflict: ["users", t("Two versions")],
  };
  const [icon, text] = said[state.value];
  const failed = state.value === "refused" || state.value === "offline";
  return (
    <p class={`kc-status ${state.value}`} role="status" title={failed ? refusal.value : savedAt.value && props.zone ? `${text} (${props.zone})` : text}>
      <Icon name={icon} /><span>{text}</span>
      {failed && <button type="button" class="kc-link" onClick={() => void flush()}>{t("Try again")}</button>}
    </p>
  );
}

function Troubles() {
  const count = problems.value.length;
  if (count === 0) return null;
  const fail = problems.value.some((p) => p.level === "fail");
  return (
    <button type="button" class={`kc-pill ${fail ? "fail" : ""}`} onClick={() => { dialog.value = "preflight"; }}>
      <Icon name="triangle-alert" /><span>{n("%d to put right", count)}</span>
    </button>
  );
}

// Dock is what a small screen has at its foot.
export function Dock() {
  const tab = (name: "add" | "letter", icon: string, label: string) => (
    <button type="button" aria-expanded={sheet.value === name ? "true" : "false"} onClick={() => { if (name === "letter") select(null); sheet.value = sheet.value === name ? "" : name; }}>
      <Icon name={icon} /><span>{label}</span>
    </button>
  );
  const to = (name: typeof dialog.value, icon: string, label: string) => (
    <button type="button" onClick={() => { dialog.value = name; }}><Icon name={icon} /><span>{label}</span></button>
  );
  return (
    <nav class="kc-dock" aria-label={t("Panels")}>
      {content.value.mode === "blocks" && tab("add", "plus", t("Add"))}
      {tab("letter", "mail", t("Letter"))}
      {props.urls.preflight && to("preflight", "list-checks", t("Check"))}
      {to("test", "send", t("Test"))}
      {to("preview", "eye", t("Preview"))}
      {to("more", "ellipsis", t("More"))}
    </nav>
  );
}

// More is the rest of the buttons, in words.
export function More() {
  return (
    <Dialog title={t("More")}>
      <div class="kc-others">{others().map(([name, icon, label]) => <IconButton key={name} icon={icon} label={label} text onClick={() => { dialog.value = name; }} />)}</div>
    </Dialog>
  );
}
