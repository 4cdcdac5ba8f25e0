// A modal dialog over the composer.
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { IconButton } from "./icons";
import { t } from "./props";
import { dialog } from "./store";

export function Dialog({ title, wide, children }: { title: string; wide?: boolean; children: ComponentChildren }) {
  const el = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    el.current!.showModal();
    return () => before?.focus?.();
  }, []);
  const close = () => { dialog.value = ""; };
  // Escape closes at once: the browser says "close" only later, when the next dialog may be open already.
  const escape = (e: Event) => {
    if (e.target !== el.current) return; // a choice of files that was given up
    e.preventDefault();
    close();
  };
  const closed = () => { if (el.current) close(); };
  return (
    <dialog ref={el} class={`kc-dialog ${wide ? "kc-wide" : ""}`} aria-label={title} onCancel={escape} onClose={closed} onMouseDown={(e) => { if (e.target === el.current) close(); }}>
      <div class="kc-dialogbox">
        <header><h2>{title}</h2><IconButton icon="x" label={t("Close")} onClick={close} /></header>
        {children}
      </div>
    </dialog>
  );
}
