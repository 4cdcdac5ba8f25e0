// A rich text of the page: what is written there is what the letter shows.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { EditorView } from "prosemirror-view";
import { same } from "./commands";
import type { Rich } from "./document";
import { mount, sync } from "./editor";
import { richSchema } from "./schema";
import { TextTools } from "./textbar";

interface Props { id: string; label: string; value: Rich | undefined; onChange: (value: Rich) => void }

export function RichField({ id, label, value, onChange }: Props) {
  const el = useRef<HTMLDivElement>(null);
  const change = useRef(onChange);
  const [held, hold] = useState<{ view: EditorView } | null>(null); // set anew when its selection changes
  change.current = onChange;
  useEffect(() => {
    const attributes = { id, role: "textbox", "aria-label": label, "aria-multiline": "true", class: "kc-input kc-richtext" };
    const view = mount(el.current!, richSchema, value, { changed: (doc) => change.current(doc), moved: (v) => hold({ view: v }) }, attributes);
    hold({ view });
    return () => view.destroy();
  }, []);
  useLayoutEffect(() => {
    if (held && !same(held.view.state.doc.toJSON(), value)) sync(held.view, value);
  }, [value]);
  return (
    <div class="kc-richbox">
      {held && <div class="kc-richtools" role="toolbar" aria-label={label}><TextTools view={held.view} /></div>}
      <div ref={el} />
    </div>
  );
}
