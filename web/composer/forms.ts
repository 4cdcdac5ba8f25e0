// The settings forms of all types of blocks.
import { gives, product } from "./blank";
import type { Block } from "./document";
import { t } from "./props";
import { choice, line, px, toggle, url, type Choice, type Field } from "./schemas";
import { said } from "./words";

const only = (when: (b: Block) => boolean, ...fields: Field[]): Field[] => fields.map((f) => ({ ...f, when }));
const picture = (path: string, name: string): Field => ({ as: "image", path, name });
const count = (path: string, name: string, min: number, max: number, preset: number): Field => ({ as: "number", path, name, min, max, preset, unit: "" });

// networks are the names of the places where people are met; names of firms are the same in every language.
export const networks: Choice[] = [
  ["website", ""], ["email", ""], ["facebook", "Facebook"], ["instagram", "Instagram"], ["youtube", "YouTube"], ["tiktok", "TikTok"], ["x", "X"], ["linkedin", "LinkedIn"],
  ["telegram", "Telegram"], ["viber", "Viber"], ["whatsapp", "WhatsApp"], ["pinterest", "Pinterest"],
].map(([value, name]) => ({ value: value!, name: name! }));

const places = (): Choice[] => networks.map((n) => ({ ...n, name: n.name || (n.value === "email" ? t("Email") : t("Website")) }));
const shares = (): Choice[] => ["email", "whatsapp", "viber", "telegram", "facebook"].map((v) => places().find((p) => p.value === v)!);

const person = (): Field[] => [line("author", t("Name")), line("role", t("Who they are")), picture("image", t("Portrait"))];

export const forms: Record<string, () => Field[]> = {
  heading: () => [
    { as: "choice", path: "level", name: t("Level"), preset: 2, choices: [1, 2, 3].map((n) => ({ value: n, name: t("Level %d", n) })) },
    px("size", t("Text size"), 0, 64, 0, t("auto")),
  ],
  text: () => [px("size", t("Text size"), 0, 40, 0, t("auto"))],
  image: () => [
    picture("asset", t("Picture")),
    ...only((b) => !b.decorative, line("alt", t("Alternative text"), t("Say what the picture shows; it is read aloud and shown when pictures are off."))),
    toggle("decorative", t("Only decoration")), url("href", t("Link")), px("width", t("Width"), 0, 600, 0, t("full")),
    picture("darkAsset", t("Picture in dark mode")),
  ],
  button: () => [
    line("label", t("Label")),
    choice("action", t("It opens"), [["url", t("A link")], ["respond", t("This campaign's page")]]),
    ...only((b) => b.action !== "respond", url("href", t("Link"))),
    ...only((b) => b.action === "respond", { as: "plain", path: "query", name: t("Answer it gives"), placeholder: "rating=5" }),
    choice("variant", t("Look"), [["solid", t("Solid")], ["outline", t("Outline")]]),
    toggle("full", t("As wide as the letter")),
  ],
  divider: () => [px("thickness", t("Thickness"), 1, 12, 1), { as: "color", path: "color", name: t("Colour"), preset: "" }],
  spacer: () => [px("height", t("Height"), 4, 200, 24), px("phoneHeight", t("Height on a phone"), 0, 200, 0, t("same"))],
  columns: () => [
    { as: "layout", path: "layout", name: t("Layout") }, px("gap", t("Gap"), 0, 48, 0, t("auto")),
    toggle("stack", t("One below the other on a phone"), true),
    ...only((b) => b.stack !== false, toggle("reverse", t("On a phone the last column first"))),
  ],
  article: () => [
    choice("source", t("Comes from"), [["manual", t("Written here")], ["items", t("New articles")]]),
    choice("layout", t("Layout"), [["card", t("Card")], ["row", t("Row")]]),
    ...only((b) => b.source !== "items", picture("image", t("Picture")), line("kicker", t("Line above the title")), line("title", t("Title")), line("excerpt", t("Summary")), url("href", t("Link"))),
    line("cta", t("Label of the link")),
  ],
  event: () => [
    line("title", t("Title")),
    { as: "moment", path: "starts", name: t("Starts") }, { as: "moment", path: "ends", name: t("Ends") },
    { as: "zone", path: "zone", name: t("Time zone"), hint: t("The letter shows the time with its zone.") },
    line("place", t("Place"), t("A place, a link or both.")), url("link", t("Link"), t("Where one takes part or reads more.")), line("host", t("Host")),
    line("cta", t("Label of the button")),
    toggle("rsvp", t("Ask who is coming"), false, t("Two links, yes and no; the answers stand in the report.")),
  ],
  quote: () => [{ as: "rich", path: "rich", name: t("Words") }, ...person()],
  expert: () => [
    line("question", t("Question")), { as: "rich", path: "rich", name: t("Answer") }, ...person(),
    line("disclosure", t("Disclosure"), t("Say so when the expert is paid or sells what is recommended.")),
  ],
  video: () => [
    picture("thumb", t("Picture")), line("alt", t("Alternative text"), t("Say what the picture shows; it is read aloud and shown when pictures are off.")),
    url("href", t("Link to the video")), { as: "plain", path: "length", name: t("Length"), placeholder: "3:24" },
  ],
  season: () => [
    line("kicker", t("Line above the title")), line("title", t("Title")), { as: "rich", path: "rich", name: t("Text") },
    picture("asset", t("Picture")), line("alt", t("Alternative text")),
    { as: "day", path: "endsAt", name: t("Last day") }, line("cta", t("Label of the button")), url("href", t("Link")),
    line("code", t("Code"), t("The same code for everybody; it stands on a line of its own.")),
  ],
  rating: () => [
    line("question", t("Question")),
    choice("scale", t("Scale"), [["stars", t("Stars")], ["nps", "0–10"], ["thumbs", t("Thumbs")], ["emoji", t("Faces")]]),
    line("low", t("Label of the low end")), line("high", t("Label of the high end")),
    line("followUp", t("Question after the answer"), t("Asked on the page that opens.")),
    url("routeHigh", t("Where happy customers go on to")), url("routeLow", t("Where unhappy customers go on to")),
  ],
  poll: () => [
    line("question", t("Question")),
    { as: "list", path: "options", name: t("Answers"), least: 2, most: 10, one: (n) => t("Answer %d", n), more: t("Add an answer"), fresh: () => "", item: [line("", t("Answer"))] },
    toggle("showResults", t("Show how others answered"), false, t("On the page that opens after the answer.")),
  ],
  coupon: () => [
    { ...choice("source", t("Code"), [["campaign", t("One for each")], ["shared", t("The same for all")]]), when: (b) => gives("code") || b.source !== "shared" },
    ...only((b) => b.source === "shared", { as: "plain", path: "code", name: gives("code") ? t("The code") : t("Code"), placeholder: "SPRING10" }),
    line("title", t("Title")), line("terms", t("Terms")), line("cta", t("Label of the button")),
    ...only((b) => b.source === "shared", url("href", t("Link"))),
    toggle("qr", t("With a QR code for the shop's counter")),
  ],
  contest: () => [
    line("title", t("Title")), line("prize", t("Prize"), t("Left empty, it is the prize of the campaign.")),
    line("cta", t("Label of the button")), line("rulesLabel", t("Label of the rules link")),
    url("rulesHref", t("Link to the rules"), t("Left empty, it is the campaign's own page.")),
    { as: "moment", path: "endsAt", name: t("Entries close"), hint: t("Left empty, it is the end of the campaign.") },
    toggle("showEntries", t("Show how many take part")),
    ...only(() => gives("share"), toggle("referral", t("Show the reader's own link to share"))),
  ],
  referral: () => [
    line("text", t("Title")), line("reward", t("Reward")), line("cta", t("Label of the button")),
    url("href", t("Link"), t("Where the campaign gives everybody a link of their own, that one is used.")),
    { as: "checks", path: "shareTargets", name: t("Share by"), choices: shares() },
    toggle("showProgress", t("Show how many friends came")),
  ],
  points: () => [
    line("title", t("Title")), line("cta", t("Label of the button")), url("href", t("Link")),
    toggle("bar", t("A bar to the next reward"), false),
    { as: "value", path: "balance", name: t("Balance"), hint: t("Who has no balance does not see this block.") },
    { as: "value", path: "tier", name: t("Tier") }, { as: "value", path: "nextReward", name: t("Next reward") }, { as: "value", path: "nextAt", name: t("Points for the next reward") },
  ],
  products: () => [
    { as: "select", path: "source", name: t("Which products"), preset: gives("order") ? "order" : "manual", choices: [
      ...(gives("order") ? [{ value: "order", name: t("Those of the order") }] : []),
      { value: "last_order", name: t("Those of the last order") }, { value: "bestsellers", name: t("Bestsellers") }, { value: "manual", name: t("Chosen here") },
    ] },
    ...only((b) => b.source === "manual", { as: "list", path: "items", name: t("Products"), least: 1, most: 12, one: (n) => t("Product %d", n), more: t("Add a product"), fresh: product, item: [
      line("title", t("Name")), picture("image", t("Picture")), { as: "plain", path: "price", name: t("Price"), placeholder: "12.50 €" }, url("href", t("Link")),
    ] }),
    choice("layout", t("Layout"), [["list", t("List")], ["grid2", t("2 in a row")], ["grid3", t("3 in a row")]]),
    ...only((b) => b.source !== "manual", count("limit", t("At most"), 1, 12, 4)),
    toggle("showPrice", t("Show prices"), false),
    ...only((b) => b.source === "order" || b.source === "last_order", toggle("reviewLink", t("Ask for a review of each")),
      choice("fallback", t("When there are none"), [["hide", t("Leave it out")], ["bestsellers", t("Bestsellers")]])),
  ],
  social: () => [
    { as: "list", path: "items", name: t("Links"), least: 1, most: 12, one: (n) => t("Link %d", n), more: t("Add a link"), fresh: () => ({ network: "website", href: "" }), item: [
      { as: "select", path: "network", name: t("Network"), preset: "website", choices: places() }, url("href", t("Link")),
    ] },
  ],
  menu: () => [
    { as: "list", path: "items", name: t("Links"), least: 1, most: 8, one: (n) => t("Link %d", n), more: t("Add a link"), fresh: () => ({ label: said("button"), href: "" }), item: [
      line("label", t("Label")), url("href", t("Link")),
    ] },
  ],
  html: () => [{ as: "code", path: "code", name: t("HTML"), hint: t("Tables and inline styles are the safest in mail. Scripts and forms are left out.") }],
  footer: () => [
    line("why", t("Why they get this letter")), line("address", t("Postal address"), t("Left empty, it is the address of the shop.")),
    line("unsubscribe", t("Label to unsubscribe")), line("preferences", t("Label of the preferences")), line("view", t("Label to view in a browser")),
  ],
};
