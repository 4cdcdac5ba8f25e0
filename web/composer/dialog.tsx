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
  return (
    <dialog ref={el} class={`kc-dialog ${wide ? "kc-wide" : ""}`} aria-label={title} onClose={close} onMouseDown={(e) => { if (e.target === el.current) close(); }}>
      <div class="kc-dialogbox">
        <header><h2>{title}</h2><IconButton icon="x" label={t("Close")} onClick={close} /></header>
        {children}
      </div>
    </dialog>
  );
}
