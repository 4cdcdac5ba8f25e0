// The left: the blocks there are. A click adds after the chosen block; a drag puts it anywhere.
import { blank, offered } from "./blank";
import { grab } from "./drag";
import { Icon } from "./icons";
import { t } from "./props";
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
      <p class="kc-hint kc-wide-only">{t("Drag a block into the letter, click it, or press / there.")}</p>
    </section>
  );
}
