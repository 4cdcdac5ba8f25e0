// The left: the blocks there are. A click adds after the chosen block; a drag puts it anywhere.
import { useEffect } from "preact/hooks";
import { blank, kindOf, offered } from "./blank";
import { grab } from "./drag";
import { Icon, IconButton } from "./icons";
import { props, t } from "./props";
import { copied, linked, load, saved } from "./saved";
import { add } from "./store";

export function Palette() {
  return (
    <section class="kc-palette" aria-label={t("Blocks")}>
      {offered().map((group) => (
        <div key={group.kinds[0]!.type}>
          <h2>{group.name()}</h2>
          <div class="kc-tiles">
            {group.kinds.map((k) => (
              <button key={k.type} type="button" class="kc-tile" onClick={() => add(blank(k.type))}
                onPointerDown={(e) => grab(e, { type: k.type, name: k.name(), make: () => blank(k.type) })}>
                <Icon name={k.icon} /><span>{k.name()}</span>
              </button>
            ))}
          </div>
        </div>
      ))}
      {props.urls.saved && <SavedBlocks />}
      <p class="kc-hint kc-wide-only">{t("Drag a block into the letter, click it, or press / there.")}</p>
    </section>
  );
}

// SavedBlocks are put in as a copy, or linked.
function SavedBlocks() {
  useEffect(() => {
    void load();
    const back = () => { if (!document.hidden) void load(); }; // they are edited on a page of their own
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, []);
  return (
    <div>
      <h2>{t("Saved")}</h2>
      {saved.value.length === 0 && <p class="kc-hint kc-nosaved">{t("A block that you save for reuse stands here.")}</p>}
      <ul class="kc-savedlist">
        {saved.value.map((one) => (
          <li key={one.id} onPointerDown={(e) => { if (!(e.target as Element).closest("button")) grab(e, { type: one.block.type, name: one.name, make: () => linked(one) }); }}>
            <Icon name={kindOf(one.block.type).icon} /><span title={one.name}>{one.name}</span>
            <IconButton icon="copy" label={t("Add a copy of %s", one.name)} onClick={() => add(copied(one))} />
            <IconButton icon="link" label={t("Add %s linked", one.name)} onClick={() => add(linked(one))} />
          </li>
        ))}
      </ul>
    </div>
  );
}
