// A one-line text field of the page, in which values are chips.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { EditorView } from "prosemirror-view";
import { ValuePicker } from "./chips";
import { chipAt, mount, putChip, sync } from "./editor";
import { IconButton } from "./icons";
import { toLine, toRich, type Chip } from "./line";
import { t } from "./props";
import { lineSchema } from "./schema";

interface Props { id: string; label: string; value: string; onChange: (value: string) => void; focus?: boolean; placeholder?: string }

export function LineField({ id, label, value, onChange, focus, placeholder }: Props) {
  const el = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const change = useRef(onChange);
  const [picking, pick] = useState<Chip | null | undefined>(undefined);
  change.current = onChange;

  useEffect(() => {
    const attributes = { id, role: "textbox", "aria-label": label, "aria-multiline": "false", class: "kc-input kc-line" };
    const v = (view.current = mount(el.current!, lineSchema, toRich(value), { changed: (doc) => change.current(toLine(doc)) }, attributes));
    if (focus) v.focus();
    return () => v.destroy();
  }, []);
  // At once, not after the next paint: what is typed in between must not be taken back.
  useLayoutEffect(() => {
    if (view.current && toLine(view.current.state.doc.toJSON()) !== value) sync(view.current, toRich(value));
  }, [value]);

  return (
    <div class="kc-linebox" data-empty={value === "" ? placeholder ?? "" : undefined}
      onDblClick={() => { const held = chipAt(view.current!); if (held) pick(held); }}>
      <div ref={el} />
      <IconButton icon="braces" label={t("Insert a value")} class="kc-linebtn" aria-expanded={picking !== undefined}
        onMouseDown={(e: Event) => e.preventDefault()} onClick={() => pick(picking === undefined ? chipAt(view.current!) ?? null : undefined)} />
      {picking !== undefined && <ValuePicker given={picking} close={() => { pick(undefined); view.current?.focus(); }}
        choose={(path, fallback, shown) => { putChip(view.current!, path, fallback, shown); pick(undefined); }} />}
    </div>
  );
}
