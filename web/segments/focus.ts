// The focus follows what is done: a rule that was made or moved gets it.
import { useLayoutEffect, useRef } from "preact/hooks";
import { focus } from "./store";

export const focusable = "input, select, button";

// useFocus gives the focus to a rule that was moved or made, at the control that had it.
export function useFocus<E extends HTMLElement>(id: number) {
  const el = useRef<E>(null);
  const wanted = focus.value;
  useLayoutEffect(() => {
    if (wanted?.id !== id || !el.current) return;
    focus.value = undefined;
    const all = [...el.current.querySelectorAll<HTMLElement>(focusable)];
    const to = wanted.at < 0 ? el.current.querySelector<HTMLElement>("input") ?? el.current.querySelector<HTMLElement>("select") : all[Math.min(wanted.at, all.length - 1)];
    (to ?? el.current).focus();
  }, [wanted, id]);
  return el;
}
