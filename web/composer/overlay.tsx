// The blocks as a list for keyboard and screen reader, and the rings around the chosen and hovered one.
import { useEffect, useRef } from "preact/hooks";
import { blank, describe } from "./blank";
import { branches } from "./branches";
import { box } from "./canvas";
import { walk, type Block } from "./document";
import { ghost } from "./drag";
import { Icon, IconButton } from "./icons";
import { focusBlock } from "./inplace";
import { cols, hovered, rects } from "./measure";
import { t } from "./props";
import { reach, showOf, summary } from "./show";
import { add, content, editing, problems, select, selected, sheet } from "./store";

export function Overlay() {
  const list = useRef<HTMLDivElement>(null);
  const all = walk(content.value.document);
  const first = all.some((f) => f.block.id === selected.value) ? selected.value : all[0]?.block.id;
  useEffect(() => {
    if (focusBlock.value > 0) list.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus({ preventScroll: false });
  }, [focusBlock.value]);

  return (
    <>
      <div class="kc-overlay" role="listbox" aria-label={t("Blocks of the letter")} ref={list}>
        {all.map(({ block, place }) => (
          <div key={block.id} role="option" tabIndex={block.id === first ? 0 : -1} aria-selected={block.id === selected.value ? "true" : "false"}
            aria-label={(place.parent ? t("In column %d: ", place.col + 1) : "") + describe(block)}
            class={ring(block)} style={box(rects.value.get(block.id) ?? { x: 0, y: 0, w: 0, h: 0 })}
            onFocus={() => { if (selected.value === null) select(block.id); }} />
        ))}
      </div>
      {all.map(({ block }) => <Troubles key={block.id} id={block.id} />)}
      {all.map(({ block }) => <Condition key={block.id} block={block} />)}
      {all.filter(({ block }) => block.cols).map(({ block }) => <Hollows key={block.id} block={block} />)}
    </>
  );
}

function ring(block: Block): string {
  const chosen = block.id === selected.value;
  return ["kc-block", rects.value.has(block.id) ? "" : "undrawn", chosen ? "on" : "", chosen && editing.value ? "writing" : "", !ghost.value && block.id === hovered.value ? "over" : ""].join(" ");
}

// Troubles marks a block that something is wrong with.
function Troubles({ id }: { id: string }) {
  const own = problems.value.filter((p) => p.block === id);
  const r = rects.value.get(id);
  if (own.length === 0 || !r) return null;
  const text = own.map((p) => p.text).join(" ");
  return (
    <button type="button" tabIndex={id === selected.value ? 0 : -1} class={`kc-trouble ${own.some((p) => p.level === "fail") ? "fail" : ""}`} title={text} aria-label={text}
      style={{ left: `${r.x - 12}px`, top: `${r.y + 4}px` }} onClick={() => { select(id); sheet.value = "block"; }}>
      <Icon name="triangle-alert" />
    </button>
  );
}

// Condition says on a block that not everybody sees it, and who does.
function Condition({ block }: { block: Block }) {
  const show = showOf(block);
  const r = rects.value.get(block.id);
  if (!show || !r || ghost.value || editing.value?.id === block.id) return null;
  const text = t("Shown if %s", summary(show));
  const branch = branches.value[block.id];
  const whole = branch ? `${text}. ${reach(branch)}` : text;
  return (
    <button type="button" tabIndex={block.id === selected.value ? 0 : -1} class="kc-condition" title={whole} aria-label={whole} style={{ left: `${r.x + 14}px`, top: `${r.y}px`, maxWidth: `${r.w - 28}px` }}
      onClick={() => { select(block.id); sheet.value = "block"; }}>
      <Icon name="split" /><span>{text}</span>
    </button>
  );
}

// Hollows offers to fill empty columns.
function Hollows({ block }: { block: Block }) {
  const boxes = cols.value.get(block.id) ?? [];
  return (
    <>
      {block.cols!.map((col, i) => col.length === 0 && boxes[i] && (
        <div key={i} class="kc-hollow" style={box({ ...boxes[i], h: Math.max(boxes[i].h, 44) })}>
          <IconButton icon="plus" label={t("Add a text to column %d", i + 1)} onClick={() => add(blank("text"), { parent: block.id, col: i, index: 0 })} />
        </div>
      ))}
    </>
  );
}
