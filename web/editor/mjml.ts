// MJML's tags and attributes, to be offered while one writes.
import type { TagSpec } from "@codemirror/lang-html";

const attrs = (...names: string[]): TagSpec => ({ attrs: Object.fromEntries(names.map((n) => [n, null])) });
const box = ["padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "css-class", "mj-class"];
const background = ["background-color", "background-url", "background-size", "background-position", "background-repeat"];
const type = ["color", "font-family", "font-size", "font-weight", "line-height", "letter-spacing", "text-decoration", "text-transform"];

export const mjmlTags: Record<string, TagSpec> = {
  mjml: attrs("lang", "dir", "owa"), "mj-head": attrs(), "mj-body": attrs("width", "background-color", "css-class"),
  "mj-title": attrs(), "mj-preview": attrs(), "mj-attributes": attrs(), "mj-all": attrs(...type, ...box), "mj-class": attrs("name", ...type, ...box),
  "mj-style": attrs("inline"), "mj-font": attrs("name", "href"), "mj-breakpoint": attrs("width"),
  "mj-html-attributes": attrs(), "mj-selector": attrs("path"), "mj-html-attribute": attrs("name"),
  "mj-wrapper": attrs(...box, ...background, "full-width", "border", "border-radius", "text-align"),
  "mj-section": attrs(...box, ...background, "full-width", "border", "border-radius", "text-align", "direction"),
  "mj-group": attrs("width", "background-color", "direction", "vertical-align", "css-class"),
  "mj-column": attrs(...box, "width", "background-color", "inner-background-color", "border", "border-radius", "vertical-align"),
  "mj-text": attrs(...type, ...box, "align", "height", "container-background-color"),
  "mj-button": attrs(...type, ...box, "href", "align", "background-color", "border", "border-radius", "inner-padding", "width", "target", "rel"),
  "mj-image": attrs(...box, "src", "alt", "href", "width", "height", "align", "srcset", "sizes", "fluid-on-mobile", "border-radius", "title", "target"),
  "mj-divider": attrs(...box, "border-color", "border-style", "border-width", "width", "align"), "mj-spacer": attrs("height", "css-class"),
  "mj-table": attrs(...type, ...box, "align", "cellpadding", "cellspacing", "width"), "mj-raw": attrs("position"),
  "mj-hero": attrs(...box, ...background, "mode", "height", "background-width", "background-height", "vertical-align"),
  "mj-social": attrs(...type, ...box, "mode", "icon-size", "align", "border-radius"), "mj-social-element": attrs(...type, "name", "href", "src", "alt", "background-color"),
  "mj-navbar": attrs("base-url", "hamburger", "align"), "mj-navbar-link": attrs(...type, ...box, "href"),
  "mj-accordion": attrs(...box, "border", "font-family"), "mj-accordion-element": attrs("background-color", "font-family"),
  "mj-accordion-title": attrs(...type, ...box), "mj-accordion-text": attrs(...type, ...box),
  "mj-carousel": attrs(...box, "thumbnails", "border-radius"), "mj-carousel-image": attrs("src", "alt", "href", "title"),
};
