// The buttons at the chosen block: handle, up, down, duplicate, delete, settings; and the plus below it.
import { describe, kindOf } from "./blank";
import { grab } from "./drag";
import { step } from "./document";
import { IconButton } from "./icons";
import { removeBlock } from "./keys";
import { rects } from "./measure";
import { props, t } from "./props";
import { block, content, dialog, duplicate, editing, nudge, picker, sheet } from "./store";

export function BlockBar() {
  const own = block.value;
  const r = own && rects.value.get(own.id);
  if (!own || !r || props.over) return null;
  const doc = content.value.document;
  const fixed = own.type === "footer";
  const name = kindOf(own.type).name();
  return (
    <>
      {!editing.value && (
        <div onMouseDown={(e) => e.preventDefault()} class={`kc-bar kc-blockbar ${r.y < 46 ? "within" : ""}`} role="toolbar" aria-label={describe(own)} style={{ left: `${r.x}px`, top: `${r.y}px`, width: `${r.w}px` }}>
          <div class="kc-barbox">
            {!fixed && <IconButton icon="grip-vertical" label={t("Drag to move")} class="kc-handle" onPointerDown={(e) => grab(e, { type: own.type, name, id: own.id })} />}
            <span class="kc-barname">{name}</span>
            {!fixed && <>
              <IconButton icon="arrow-up" label={t("Move up")} keys="Alt+ArrowUp" disabled={!step(doc, own.id, "up")} onClick={() => nudge(own.id, "up")} />
              <IconButton icon="arrow-down" label={t("Move down")} keys="Alt+ArrowDown" disabled={!step(doc, own.id, "down")} onClick={() => nudge(own.id, "down")} />
              <IconButton icon="copy" label={t("Duplicate")} keys="Ctrl+D" onClick={() => duplicate(own.id)} />
              {props.urls.saved && own.type !== "saved" && <IconButton icon="bookmark-plus" label={t("Save for reuse…")} onClick={() => { dialog.value = "reuse"; }} />}
              <IconButton icon="trash-2" label={t("Delete")} keys="Delete" class="kc-danger" onClick={() => removeBlock(own.id)} />
            </>}
            <IconButton icon="sliders-horizontal" label={t("Settings")} class="kc-small-only" onClick={() => { sheet.value = "block"; }} />
          </div>
        </div>
      )}
      {!fixed && (
        <div class="kc-plus" style={{ left: `${r.x + r.w / 2}px`, top: `${r.y + r.h}px` }}>
          <IconButton icon="plus" label={t("Add a block below")} keys="/" onClick={() => { picker.value = { at: "plus" }; }} />
        </div>
      )}
    </>
  );
}
