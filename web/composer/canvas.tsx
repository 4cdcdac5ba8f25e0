// The middle: the letter as the server draws it, with the page's own marks laid over it.
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { dress } from "./dress";
import { target } from "./drag";
import { Icon } from "./icons";
import { follow } from "./inplace";
import { InsertMenu } from "./insert";
import { height, hovered, measure, parts, rects, scale, type Rect } from "./measure";
import { Overlay } from "./overlay";
import { t } from "./props";
import { drawError, drawing, stage } from "./stage";
import { BlockBar } from "./blockbar";
import { content, dark, device, select, selected, sheet, wantsSubject } from "./store";
import { TextBar } from "./textbar";
import { filled } from "./samples";

const widths = { desktop: 660, phone: 375 };

export function Canvas() {
  const scroller = useRef<HTMLDivElement>(null), frames = useRef<HTMLDivElement>(null), whole = useRef<HTMLDivElement>(null);
  const room = useSignal(0);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    Object.assign(parts, { scroller: scroller.current, stage: whole.current });
    const resized = new ResizeObserver(([entry]) => { room.value = entry!.contentRect.width; });
    resized.observe(scroller.current!);
    const ends = [stage(frames.current!, dress), follow(), () => resized.disconnect()];
    return () => ends.forEach((end) => end());
  }, []);

  const width = widths[device.value];
  const fit = room.value > 0 ? Math.min(1, room.value / width) : 1;
  useEffect(() => { scale.value = fit; measure(); }, [fit, width]);

  useSignalEffect(() => {
    const r = rects.value.get(selected.value ?? "");
    if (r && shown.current !== selected.value) { shown.current = selected.value; bringIntoView(r); }
    if (selected.value === null) shown.current = null;
  });

  const press = (e: Event) => { if (e.target === e.currentTarget) select(null); };
  return (
    <div class={`kc-canvas ${dark.value ? "dark" : ""}`} ref={scroller} onMouseDown={press}>
      <Envelope width={Math.min(width, room.value || width)} />
      {drawError.value && <p class="kc-note kc-bad" role="alert"><Icon name="triangle-alert" />{t("The letter on show is not up to date.")} {drawError.value}</p>}
      <div class="kc-stage" ref={whole} style={{ width: `${width * fit}px`, height: `${height.value * fit}px` }} onMouseLeave={() => { hovered.value = null; }}>
        <div class="kc-frames" ref={frames} style={{ width: `${width}px`, height: `${height.value}px`, transform: fit < 1 ? `scale(${fit})` : "" }} />
        {drawing.value && <div class="kc-waiting" role="status"><Icon name="loader-circle" /><span class="kc-sr">{t("The letter is being drawn.")}</span></div>}
        <Overlay />
        <TextBar />
        <BlockBar />
        <InsertMenu />
        {target.value && <div class="kc-dropline" style={box(target.value.line)} />}
      </div>
    </div>
  );
}

const BARS = 60; // px above a block for its buttons

// bringIntoView scrolls as little as it takes to see the top of a block and its buttons.
function bringIntoView(r: Rect): void {
  const { scroller, stage } = parts;
  const top = r.y + stage!.offsetTop - BARS, end = r.y + stage!.offsetTop + Math.min(r.h, scroller!.clientHeight - 2 * BARS) + BARS;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (top < scroller!.scrollTop) scroller!.scrollTo({ top, behavior });
  else if (end > scroller!.scrollTop + scroller!.clientHeight) scroller!.scrollTo({ top: end - scroller!.clientHeight, behavior });
}

export function box(r: { x: number; y: number; w: number; h: number }) {
  return { left: `${r.x}px`, top: `${r.y}px`, width: `${r.w}px`, height: `${r.h}px` };
}

// Envelope is the line an inbox shows: sender, subject, preheader.
function Envelope({ width }: { width: number }) {
  const { subject, preheader } = content.value;
  const open = () => { select(null); sheet.value = "letter"; wantsSubject.value = true; };
  return (
    <button type="button" class="kc-envelope" style={{ width: `${width}px` }} onClick={open}>
      <span class="kc-sr">{t("Subject and preheader")}: </span>
      <span class="kc-mailicon"><Icon name="mail" /></span>
      <span class="kc-mailtext">
        <b class={subject ? "" : "kc-missing"}>{filled(subject) || t("No subject yet")}</b>
        <span>{filled(preheader) || t("No preheader yet: the line that an inbox shows after the subject")}</span>
      </span>
      <Icon name="pencil" />
    </button>
  );
}
