// What can be set on each type of block: the settings forms as data. The forms themselves are in forms.ts.
import { forms } from "./forms";
import { t } from "./props";
import type { Block } from "./document";

export interface Choice { value: string | number; name: string; icon?: string }

export type Field = { path: string; name: string; hint?: string; when?: (b: Block) => boolean } & (
  | { as: "line" }
  | { as: "rich" }
  | { as: "url" }
  | { as: "plain"; placeholder?: string }
  | { as: "code" }
  | { as: "number"; min: number; max: number; preset: number; zero?: string; unit?: string }
  | { as: "choice"; choices: Choice[]; preset: string | number }
  | { as: "select"; choices: Choice[]; preset: string }
  | { as: "checks"; choices: Choice[] }
  | { as: "toggle"; preset: boolean }
  | { as: "color"; preset: string }
  | { as: "ground" } // a tone of the theme or an own colour
  | { as: "image" }
  | { as: "layout" }
  | { as: "moment" } // a day and a time of day, without a zone
  | { as: "day" }
  | { as: "zone" }
  | { as: "value" } // the path of a personal value
  // A list: each item is its own little form. The path of an item's field is below the item; "" is the item itself.
  | { as: "list"; item: Field[]; fresh: () => unknown; least: number; most: number; one: (n: number) => string; more: string }
);

// px is a length; preset is where its slider stands while nothing is set, zero what 0 means.
export const px = (path: string, name: string, min: number, max: number, preset: number, zero?: string): Field =>
  ({ as: "number", path, name, min, max, preset, ...(zero ? { zero } : {}) });
export const line = (path: string, name: string, hint?: string): Field => ({ as: "line", path, name, ...(hint ? { hint } : {}) });
export const url = (path: string, name: string, hint?: string): Field => ({ as: "url", path, name, ...(hint ? { hint } : {}) });
export const toggle = (path: string, name: string, preset = false, hint?: string): Field => ({ as: "toggle", path, name, preset, ...(hint ? { hint } : {}) });

// choice offers values with their names, the first one being what an unset field means.
export const choice = (path: string, name: string, choices: [value: string, name: string, icon?: string][]): Field =>
  ({ as: "choice", path, name, preset: choices[0]![0], choices: choices.map(([value, called, icon]) => ({ value, name: called, ...(icon ? { icon } : {}) })) });

// settingsOf are the fields of a block's own form, those that matter as it is now.
export function settingsOf(block: Block): Field[] {
  return (forms[block.type]?.() ?? []).filter((f) => !f.when || f.when(block));
}

// looksOf are the fields every block has.
export function looksOf(block: Block): Field[] {
  const align = choice("style.align", t("Align"), [["left", t("Left"), "text-align-start"], ["center", t("Centre"), "text-align-center"], ["right", t("Right"), "text-align-end"]]);
  const hide = choice("hideOn", t("Show on"), [["", t("Everywhere")], ["phone", t("Computer"), "monitor"], ["desktop", t("Phone"), "smartphone"]]);
  const box: Field[] = [
    { as: "ground", path: "style.bg", name: t("Background") },
    px("style.padding", t("Padding"), 0, 64, 12), px("style.radius", t("Corners"), 0, 32, 0),
    toggle("style.border", t("Border")),
  ];
  const side: Field = { ...align, preset: "" } as Field; // unset is the theme's own, no side is lit
  if (block.type === "footer") return [side];
  if (block.type === "saved") return [];
  return block.type === "spacer" ? [hide] : [side, ...box, hide];
}
