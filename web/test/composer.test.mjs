// The composer's pure parts: commands and their inverses, undo, places, drop targets, lines with values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../composer");
const names = ["blank", "commands", "document", "forms", "history", "line", "props", "schemas", "show", "shown", "target"];
const { outputFiles } = await build({
  stdin: { contents: names.map((n) => `export * as ${n} from "./${n}";`).join("\n"), resolveDir: folder, loader: "ts" },
  bundle: true, write: false, format: "esm", platform: "neutral",
});
const { blank, commands, document, forms, history, line, props, schemas, show, shown, target } = await import("data:text/javascript;base64," + Buffer.from(outputFiles[0].contents).toString("base64"));

const text = (id) => ({ id, type: "text" });
const letter = () => ({
  mode: "blocks", subject: "", preheader: "", html: "",
  document: { v: 1, blocks: [text("a"), { id: "c", type: "columns", cols: [[text("x")], []] }, text("b"), { id: "f", type: "footer" }] },
});
const order = (content) => document.walk(content.document).map((f) => f.block.id).join("");

test("every command is taken back by its inverse", () => {
  const all = [
    { do: "insert", block: text("n"), at: { parent: "c", col: 1, index: 0 } },
    { do: "remove", id: "x" },
    { do: "move", id: "a", to: { parent: "c", col: 0, index: 1 } },
    { do: "set", id: "x", path: "style.bg", value: "#ffffff" },
    { do: "theme", path: "light.accent", value: "#123456" },
    { do: "letter", field: "subject", value: "Hello" },
    { do: "all", commands: [{ do: "remove", id: "a" }, { do: "move", id: "b", to: { parent: "", col: 0, index: 0 } }] },
    { do: "replace", content: { ...letter(), subject: "other" } },
  ];
  for (const command of all) {
    const before = letter();
    const done = commands.apply(before, command);
    assert.notDeepEqual(done.content, before, command.do);
    const back = commands.apply(done.content, done.inverse).content;
    assert.deepEqual(JSON.parse(JSON.stringify(back)).document.blocks, before.document.blocks, command.do);
    assert.equal(back.subject, before.subject);
  }
});

test("a command that changes nothing is not one", () => {
  assert.equal(commands.apply(letter(), { do: "letter", field: "subject", value: "" }), undefined);
  assert.equal(commands.apply(letter(), { do: "remove", id: "gone" }), undefined);
});

test("a block whose target is gone is not lost", () => {
  assert.equal(commands.apply(letter(), { do: "move", id: "a", to: { parent: "gone", col: 0, index: 0 } }), undefined);
});

test("typing is undone as one, a pause parts it, and a hundred steps are kept", () => {
  let now = 0;
  const h = new history.History(letter(), () => now);
  const type = (value) => h.run({ do: "letter", field: "subject", value }, "subject");
  type("a"); now += 400; type("ab"); now += 400; type("abc"); now += 600; type("abcd");
  h.undo();
  assert.equal(h.content.subject, "abc");
  h.undo();
  assert.equal(h.content.subject, "");
  h.redo(); h.redo();
  assert.equal(h.content.subject, "abcd");
  for (let i = 0; i < 150; i++) h.run({ do: "letter", field: "subject", value: String(i) });
  let steps = 0;
  while (h.undo()) steps++;
  assert.equal(steps, 100);
});

test("blocks step past neighbours, out of columns and into them; the footer stays last", () => {
  const doc = letter().document;
  assert.deepEqual(document.step(doc, "a", "down"), { parent: "", col: 0, index: 1 });
  assert.equal(document.step(doc, "a", "up"), undefined);
  assert.equal(document.step(doc, "b", "down"), undefined);
  assert.equal(document.step(doc, "f", "up"), undefined);
  assert.deepEqual(document.step(doc, "x", "up"), { parent: "", col: 0, index: 1 });
  assert.deepEqual(document.step(doc, "x", "right"), { parent: "c", col: 1, index: 0 });
  assert.deepEqual(document.step(doc, "a", "right"), { parent: "c", col: 0, index: 1 });
  assert.equal(document.step(doc, "c", "right"), undefined);
  let content = letter();
  for (const way of ["right", "up", "up", "up"]) {
    const to = document.step(content.document, "a", way);
    if (to) content = commands.apply(content, { do: "move", id: "a", to }).content;
  }
  assert.equal(order(content), "acxbf");
});

test("a copy shares no name with what it was made from", () => {
  const columns = letter().document.blocks[1];
  const twin = document.copy(columns);
  assert.notEqual(twin.id, columns.id);
  assert.notEqual(twin.cols[0][0].id, "x");
});

test("lines and chips say the same, and Liquid that is no value stays as it is", () => {
  for (const s of ["", "Hi", 'Hi {{ subscriber.first_name | default: "you" }}!', "{{ data.code }}", '{{ data.items[0].title | default: "News" }}', '{% if a.b %}x{% endif %}', '{{ order.total | money }}', "{{ a.b | default: 'say \"hi\"' }}"]) {
    assert.equal(line.toLine(line.toRich(s)), s);
  }
  const [chip] = line.toRich("{{subscriber.first_name|default:'you'}}").content[0].content;
  assert.deepEqual(chip.attrs, { path: "subscriber.first_name", fallback: "you" });
  assert.equal(line.liquid("a.b", `it's "so"`), `{{ a.b | default: "it's so" }}`);
});

test("a drop goes between blocks, into columns, and never below the footer", () => {
  const doc = letter().document;
  const rects = new Map([["a", { x: 0, y: 0, w: 600, h: 100 }], ["c", { x: 0, y: 100, w: 600, h: 200 }], ["x", { x: 0, y: 110, w: 300, h: 60 }],
    ["b", { x: 0, y: 300, w: 600, h: 100 }], ["f", { x: 0, y: 400, w: 600, h: 100 }]]);
  const cols = new Map([["c", [{ x: 0, y: 100, w: 300, h: 200 }, { x: 300, y: 100, w: 300, h: 200 }]]]);
  const at = (type, x, y, moving) => target.targetAt(doc, rects, cols, type, x, y, moving)?.place;
  assert.deepEqual(at("text", 10, 20), { parent: "", col: 0, index: 0 });
  assert.deepEqual(at("text", 10, 120), { parent: "c", col: 0, index: 0 });
  assert.deepEqual(at("text", 400, 250), { parent: "c", col: 1, index: 0 });
  assert.deepEqual(at("columns", 10, 250), { parent: "", col: 0, index: 2 });
  assert.deepEqual(at("text", 10, 480), { parent: "", col: 0, index: 3 });
  assert.deepEqual(at("text", 10, 480, "a"), { parent: "", col: 0, index: 2 });
});

test("values keep how they are shown, and filters a chip cannot have stay as they are", () => {
  const same = ['{{ order.total_cents | money: order.currency }}', '{{ now | date: "%-d %B %Y" }}', '{{ order.placed_at | date: "%-d %B %Y, %H:%M" | default: "soon" }}', "{{ a.b | upcase }}",
    '{{ a.b | capitalize | default: "You" }}', '{{ a.b | plural: "% point", "% points" }}', `{{ a.b | plural: "% балл", "% балла", "% баллов" | default: '"0"' }}`,
    '{{ a.b | date: "%Y" }}', "{{ a.b | upcase | strip }}", "{{ a.b | money: other.currency }}", "{{ item }}", "{{ a.b | default: a.c }}", '{{ a.b | default: "x" | upcase }}', "{{ now }}"];
  for (const s of same) assert.equal(line.toLine(line.toRich(s)), s);
  const chip = (s) => line.toRich(s).content[0].content[0].attrs;
  assert.deepEqual(chip(same[0]), { path: "order.total_cents", fallback: "", as: "money" });
  assert.deepEqual(chip(same[2]), { path: "order.placed_at", fallback: "soon", as: "datetime" });
  assert.deepEqual(chip(same[5]), { path: "a.b", fallback: "", as: "plural", forms: ["% point", "% points"] });
  for (const i of [7, 8, 9, 10, 11, 12]) assert.equal(chip(same[i]), undefined, same[i]);
});

test("a fallback or a plural form cannot break out of its merge tag", () => {
  assert.equal(line.liquid("a.b", "x }}{% y %}"), '{{ a.b | default: "x ))(% y %)" }}');
  assert.equal(line.liquid("a.b", "", { as: "plural", forms: ['%"', "' }}"] }), `{{ a.b | plural: '%"', "' ))" }}`);
});

const opened = (more = {}) => props.open({ dataset: { props: JSON.stringify({ lang: "en", uiLang: "en", blocks: [], values: [], urls: {}, content: { document: null }, ...more }) } });

test("every type of the contract can be added, has its own form, and reads its first words in the letter's language", () => {
  const types = ["heading", "text", "image", "button", "divider", "spacer", "columns", "article", "event", "quote", "expert", "video", "rating", "poll", "coupon", "contest", "referral",
    "points", "products", "season", "social", "menu", "html"];
  const words = new Map();
  for (const lang of ["en", "bg", "ru"]) {
    opened({ lang });
    assert.deepEqual(blank.offered().flatMap((g) => g.kinds.map((k) => k.type)).sort(), [...types].sort());
    for (const type of types) {
      const block = blank.blank(type);
      assert.ok(schemas.settingsOf(block).length > 0 || type === "text", type);
      assert.ok(!JSON.stringify(block).includes("undefined"), type);
      for (const f of schemas.settingsOf(block)) {
        const held = commands.get(block, f.path);
        assert.ok(held !== undefined || ["darkAsset"].includes(f.path), `${type}.${f.path} has no first value`);
      }
      if (lang === "en") words.set(type, JSON.stringify({ ...block, id: "" }));
      else if (["heading", "event", "quote", "poll", "menu", "points"].includes(type)) assert.notEqual(JSON.stringify({ ...block, id: "" }), words.get(type), `${type} in ${lang}`);
    }
  }
});

test("a coupon offers the campaign's codes only where there are some", () => {
  opened();
  assert.equal(blank.blank("coupon").source, "shared");
  assert.ok(!schemas.settingsOf(blank.blank("coupon")).some((f) => f.path === "source"));
  opened({ gives: ["code", "order"] });
  assert.equal(blank.blank("coupon").source, "campaign");
  assert.equal(blank.blank("products").source, "order");
});

test("an item of a list is set by its place, and the list stays one", () => {
  const poll = { id: "p", type: "poll", options: ["a", "b"], items: [{ label: "x" }] };
  assert.deepEqual(commands.put(poll, "options.1", "c").options, ["a", "c"]);
  assert.deepEqual(commands.put(poll, "items.0.label", "y").items, [{ label: "y" }]);
  assert.equal(commands.get(poll, "items.0.label"), "x");
  assert.deepEqual(poll.options, ["a", "b"]);
});

test("conditions read as sentences, with how many they keep", () => {
  opened({ values: [{ path: "subscriber.lang", label: "Language" }, { path: "subscriber.attributes.city", label: "city" }, { path: "order.total_cents", label: "Order total", as: "money" }, { path: "links.view", label: "View", as: "link" }] });
  assert.equal(show.summary({ match: "any", rules: [{ path: "subscriber.lang", is: "is", value: "bg" }, { path: "subscriber.attributes.city", is: "filled" }] }), "Language is Български or city is known");
  assert.deepEqual(show.subjects().map((s) => s.path), ["subscriber.lang", "subscriber.attributes.city", "order.total"]);
  assert.equal(show.sentence({ path: "order.total", is: "above", value: "50" }), "Order total is above “50”");
  assert.equal(show.operators("order.total")[0], "above");
  assert.equal(show.reach({ shown: 312, of: 12480 }), "Shown to 312 of 12,480 people; 12,168 do not get it.");
  assert.match(show.reach({ shown: 300, of: 1000, estimate: true }), /^An estimate/);
  assert.match(show.reach({ shown: 0, of: 0, letter: true }), /per letter/);
  assert.equal(show.showOf({ id: "a", type: "text", show: { match: "all", rules: [] } }), undefined);
});

test("a sample is shown as the chip will be", () => {
  opened({ lang: "ru" });
  const v = { path: "subscriber.attributes.points", label: "", sample: "3", as: "number" };
  assert.equal(shown.sampleAs(v, { path: v.path, fallback: "", as: "plural", forms: ["% балл", "% балла", "% баллов"] }), "3 балла");
  assert.equal(shown.sampleAs({ ...v, sample: "maria" }, { path: v.path, fallback: "", as: "capitalize" }), "Maria");
  assert.equal(shown.sampleAs({ ...v, sample: "" }, { path: v.path, fallback: "none" }), "none");
});
