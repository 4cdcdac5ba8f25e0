// The rule as the API has it, to read and to change.
import { useEffect, useState } from "preact/hooks";
import { problems } from "./count";
import { t } from "./props";
import { readRoot, text } from "./rule";
import { edit, root, unread } from "./store";
import { Icon } from "./parts";

export function Json() {
  const [shown, setShown] = useState(() => unread.value?.text ?? text(root.value));
  const [own, setOwn] = useState(root.value);
  useEffect(() => { // undone, or brought back
    if (root.value !== own && !unread.value) { setShown(text(root.value)); setOwn(root.value); }
  }, [root.value]);
  const typed = (now: string) => {
    setShown(now);
    try {
      const tree = readRoot(JSON.parse(now));
      if (!tree) { unread.value = { text: now, why: t("A rule begins with a group: all, any or none of its rules.") }; return; }
      unread.value = undefined;
      setOwn(tree);
      edit(() => tree, "json");
    } catch (e) {
      unread.value = { text: now, why: t("This is no JSON: %s", e instanceof Error ? e.message : "") };
    }
  };
  const wrong = unread.value?.why || [...problems.value.values()][0]?.text || "";
  return (
    <div class="field">
      <label for="sb-json">{t("The rule, as JSON")}</label>
      <textarea id="sb-json" rows={20} spellcheck={false} autocomplete="off" value={shown} onInput={(e) => typed(e.currentTarget.value)} {...(wrong ? { "aria-invalid": "true", "aria-describedby": "sb-json-fault" } : {})} />
      {wrong && <p id="sb-json-fault" class="sb-fault"><Icon name="circle-alert" />{wrong}</p>}
      <p class="hint">{t("What the builder cannot draw stays as it is.")}</p>
    </div>
  );
}
