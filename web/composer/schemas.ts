// What can be set on each type of block: the settings forms as data.
import { t } from "./props";
import type { Block } from "./document";

export interface Choice { value: string | number; name: string; icon?: string }

export type Field = { path: string; name: string; hint?: string; when?: (b: Block) => boolean } & (
  | { as: "line" }
  | { as: "url" }
  | { as: "plain"; placeholder?: string }
  | { as: "number"; min: number; max: number; preset: number; zero?: string }
  | { as: "choice"; choices: Choice[]; preset: string | number }
  | { as: "toggle"; preset: boolean }
  | { as: "color"; preset: string }
  | { as: "ground" } // a tone of the theme or an own colour
  | { as: "image" }
  | { as: "layout" }
);

// px is a length; preset is where its slider stands while nothing is set, zero what 0 means.
const px = (path: string, name: string, min: number, max: number, preset: number, zero?: string): Field =>
  ({ as: "number", path, name, min, max, preset, ...(zero ? { zero } : {}) });
const line = (path: string, name: string, hint?: string): Field => ({ as: "line", path, name, ...(hint ? { hint } : {}) });

const forms: Record<string, () => Field[]> = {
  heading: () => [
    { as: "choice", path: "level", name: t("Level"), preset: 2, choices: [1, 2, 3].map((n) => ({ value: n, name: t("Level %d", n) })) },
    px("size", t("Text size"), 0, 64, 0, t("auto")),
  ],
  text: () => [px("size", t("Text size"), 0, 40, 0, t("auto"))],
  image: () => [
    { as: "image", path: "asset", name: t("Picture") },
    { ...line("alt", t("Alternative text"), t("Say what the picture shows; it is read aloud and shown when pictures are off.")), when: (b) => !b.decorative },
    { as: "toggle", path: "decorative", name: t("Only decoration"), preset: false },
    { as: "url", path: "href", name: t("Link") },
    px("width", t("Width"), 0, 600, 0, t("full")),
  ],
  button: () => [
    line("label", t("Label")),
    { as: "choice", path: "action", name: t("It opens"), preset: "url", choices: [{ value: "url", name: t("A link") }, { value: "respond", name: t("This campaign's page") }] },
    { as: "url", path: "href", name: t("Link"), when: (b) => b.action !== "respond" },
    { as: "plain", path: "query", name: t("Answer it gives"), placeholder: "rating=5", when: (b) => b.action === "respond" },
    { as: "choice", path: "variant", name: t("Look"), preset: "solid", choices: [{ value: "solid", name: t("Solid") }, { value: "outline", name: t("Outline") }] },
    { as: "toggle", path: "full", name: t("As wide as the letter"), preset: false },
  ],
  divider: () => [px("thickness", t("Thickness"), 1, 12, 1), { as: "color", path: "color", name: t("Colour"), preset: "" }],
  spacer: () => [px("height", t("Height"), 4, 200, 24), px("phoneHeight", t("Height on a phone"), 0, 200, 0, t("same"))],
  columns: () => [
    { as: "layout", path: "layout", name: t("Layout") },
    px("gap", t("Gap"), 0, 48, 0, t("auto")),
    { as: "toggle", path: "stack", name: t("One below the other on a phone"), preset: true },
  ],
  article: () => [
    { as: "choice", path: "source", name: t("Comes from"), preset: "manual", choices: [{ value: "manual", name: t("Written here") }, { value: "items", name: t("New articles") }] },
    { as: "choice", path: "layout", name: t("Layout"), preset: "card", choices: [{ value: "card", name: t("Card") }, { value: "row", name: t("Row") }] },
    ...([
      { as: "image", path: "image", name: t("Picture") },
      line("kicker", t("Line above the title")), line("title", t("Title")), line("excerpt", t("Summary")),
      { as: "url", path: "href", name: t("Link") },
    ] as Field[]).map((f) => ({ ...f, when: (b: Block) => b.source !== "items" })),
    line("cta", t("Label of the link")),
  ],
  rating: () => [
    line("question", t("Question")),
    { as: "choice", path: "scale", name: t("Scale"), preset: "stars", choices: [{ value: "stars", name: t("Stars") }, { value: "nps", name: "0–10" }, { value: "thumbs", name: t("Thumbs") }] },
    line("low", t("Label of the low end")), line("high", t("Label of the high end")),
  ],
  coupon: () => [line("title", t("Title")), line("terms", t("Terms")), line("cta", t("Label of the button"))],
  contest: () => [
    line("title", t("Title")), line("prize", t("Prize"), t("Left empty, it is the prize of the campaign.")),
    line("cta", t("Label of the button")), line("rulesLabel", t("Label of the rules link")),
  ],
  footer: () => [
    line("why", t("Why they get this letter")), line("address", t("Postal address"), t("Left empty, it is the address of the shop.")),
    line("unsubscribe", t("Label to unsubscribe")), line("preferences", t("Label of the preferences")), line("view", t("Label to view in a browser")),
  ],
};

// settingsOf are the fields of a block's own form, those that matter as it is now.
export function settingsOf(block: Block): Field[] {
  return (forms[block.type]?.() ?? []).filter((f) => !f.when || f.when(block));
}

// looksOf are the fields every block has.
export function looksOf(block: Block): Field[] {
  const align: Field = { as: "choice", path: "style.align", name: t("Align"), preset: "", choices: [
    { value: "left", name: t("Left"), icon: "text-align-start" }, { value: "center", name: t("Centre"), icon: "text-align-center" },
    { value: "right", name: t("Right"), icon: "text-align-end" }] };
  const hide: Field = { as: "choice", path: "hideOn", name: t("Show on"), preset: "", choices: [
    { value: "", name: t("Everywhere") }, { value: "phone", name: t("Computer"), icon: "monitor" }, { value: "desktop", name: t("Phone"), icon: "smartphone" }] };
  const box: Field[] = [
    { as: "ground", path: "style.bg", name: t("Background") },
    px("style.padding", t("Padding"), 0, 64, 12), px("style.radius", t("Corners"), 0, 32, 0),
    { as: "toggle", path: "style.border", name: t("Border"), preset: false },
  ];
  if (block.type === "footer") return [align];
  return block.type === "spacer" ? [hide] : [align, ...box, hide];
}
