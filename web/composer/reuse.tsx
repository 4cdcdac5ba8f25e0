// "Save for reuse": a name for a block, and what is shown of a block that is linked.
import { useEffect, useRef, useState } from "preact/hooks";
import { describe, kindOf } from "./blank";
import { Dialog } from "./dialog";
import type { Block } from "./document";
import { Icon } from "./icons";
import { n, t } from "./props";
import { detach, editAddress, keepBlock, savedOf } from "./saved";
import { block, dialog } from "./store";

const most = 120; // letters of a name

export function Reuse() {
  const own = block.value;
  const [name, setName] = useState(own ? describe(own).slice(0, most) : "");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  if (!own) return null;
  const save = async (e: Event) => {
    e.preventDefault();
    if (!name.trim() || busy) return;
    setBusy(true);
    if (await keepBlock(name.trim(), own)) dialog.value = "";
    setBusy(false);
  };
  return (
    <Dialog title={t("Save for reuse")}>
      <form class="kc-test" onSubmit={(e) => void save(e)}>
        <label class="kc-label" for="kc-reuse">{t("Name of the block")}</label>
        <input ref={input} id="kc-reuse" class="kc-input" value={name} maxLength={most} required onInput={(e) => setName(e.currentTarget.value)} />
        <p class="kc-hint">{t("It stays in this letter as it is. In other letters it can be put in as a copy, or linked so that one change reaches all of them.")}</p>
        <button type="submit" class="kc-btn kc-primary" disabled={busy || !name.trim()}><Icon name="bookmark-plus" /><span>{t("Save")}</span></button>
      </form>
    </Dialog>
  );
}

// LinkedForm stands in place of the settings of a linked block.
export function LinkedForm({ block: own }: { block: Block }) {
  const one = savedOf(own);
  if (!one) return <p class="kc-note">{t("This saved block is not there any more. Remove it from the letter.")}</p>;
  return (
    <div class="kc-linked">
      <p class="kc-linkedname"><Icon name={kindOf(one.block.type).icon} /><b>{one.name}</b></p>
      <p class="kc-hint">{t("A linked block: what is changed there changes in every letter that has it and is not sent yet.")} {n("%d letter has it.", one.uses)}</p>
      <div class="kc-row">
        <a class="kc-btn" href={editAddress(one)} target="_blank" rel="noopener"><Icon name="external-link" /><span>{t("Edit here")}</span></a>
        <button type="button" class="kc-btn" onClick={() => detach(own.id)}><Icon name="unlink" /><span>{t("Detach")}</span></button>
      </div>
    </div>
  );
}
