// A letter with every block, built by mouse and again with the keyboard alone; saved and there after a reload, as it was.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, signIn, start } from "./browser.mjs";
import { added, at, compose, draft, dragged, flat, until } from "./composing.mjs";
import { forms, names, of } from "./forms.mjs";
import { byKeys, byMouse, tabTo } from "./hands.mjs";

let app, chrome, page, whole; // whole is where the letter with all blocks is

before(async () => {
  app = await start("demo");
  chrome = await open();
  page = await chrome.newPage();
  await signIn(page, app);
});

after(async () => {
  await chrome?.close();
  await app?.stop();
});

const everywhere = Object.keys(forms).filter((type) => type !== "rating" && type !== "contest");
const elsewhere = { feedback: "rating", contest: "contest" }; // what only some kinds of campaigns have

// holds asserts that a block of the letter has what was given to its form.
function holds(block, type) {
  assert.ok(block, `${type} is in the letter`);
  for (const { how, path, held } of forms[type].map(of)) {
    const is = at(block, path);
    if (how === "press") continue;
    else if (how === "rich") assert.match(JSON.stringify(is), new RegExp(held), `${type}.${path}`);
    else if (held instanceof RegExp) assert.match(String(is), held, `${type}.${path}`);
    else assert.deepEqual(is, held, `${type}.${path} of ${JSON.stringify(block)}`);
  }
}

// addByMouse adds a block from the palette, by drag or by click, and fills in its form.
async function addByMouse(c, type, drag) {
  const tile = c.page.locator(".kc-palette .kc-tile", { hasText: new RegExp(`^${names[type]}$`) });
  const before = (await c.names()).length;
  if (drag) await dragged(c.page, tile, async () => {
    const canvas = await c.page.locator(".kc-canvas").boundingBox();
    return { x: canvas.x + canvas.width / 2, y: canvas.y + canvas.height / 2 };
  });
  else await tile.click();
  await until(c.page, `a ${type}`, async () => (await c.names()).length > before);
  await c.page.locator(".kc-panel.right .kc-form h2", { hasText: names[type] }).waitFor();
  for (const row of forms[type].map(of)) await byMouse(c.page, row);
}

test("every block is added with the mouse, filled in, drawn by the server, saved, and the same after a reload", async (t) => {
  const c = await compose(page, await draft(page, app, "newsletter"));
  whole = c.address;
  const first = (await c.held()).document.blocks;
  for (const [i, type] of everywhere.entries()) await t.test(type, () => addByMouse(c, type, i % 4 === 1));
  await c.saved();
  const sent = c.saves.at(-1);
  const fresh = added(sent, first);
  for (const type of everywhere) await t.test(`${type} is as it was filled in`, () => holds(fresh.get(type), type));
  await until(page, "all blocks to be drawn", async () => (await c.undrawn(flat(sent.document.blocks))).length === 0);
  assert.deepEqual((await c.held()).document, sent.document);
  assert.deepEqual(await c.undrawn(flat(sent.document.blocks)), []);
});

test("a number that is being typed stays while the letter is saved and drawn", async () => {
  const c = await compose(page, await draft(page, app, "newsletter"));
  await page.locator(".kc-palette .kc-tile", { hasText: "Space" }).click();
  const height = page.locator("[data-field=height] input[type=number]");
  await page.locator(".kc-status:not(.saved)").waitFor();
  await height.press("Control+a");
  await page.keyboard.type("77");
  await c.saved();
  assert.equal(await height.inputValue(), "77");
  await page.keyboard.press("Tab");
  await page.locator(".kc-status:not(.saved)").waitFor();
  const { document } = await c.saved();
  assert.ok(document.blocks.some((b) => b.type === "spacer" && b.height === 77));
});

test("a block is moved by its handle, and undo takes it back", async () => {
  const c = await compose(page, whole);
  const before = await c.names();
  await c.on("Home");
  await dragged(page, page.locator(".kc-handle"), async () => {
    const rings = await page.locator(".kc-overlay [role=option]").all();
    const third = await rings[2].boundingBox();
    return { x: third.x + 40, y: third.y + 4 };
  });
  await until(page, "the move", async () => (await c.names())[1] === before[0]);
  await c.saved();
  await c.on("Control+z");
  await until(page, "the undo", async () => JSON.stringify(await c.names()) === JSON.stringify(before));
  await c.saved();
});

for (const [kind, type] of Object.entries(elsewhere)) {
  test(`a campaign of the kind ${kind} has its own block, by mouse and by keys`, async () => {
    const c = await compose(page, await draft(page, app, kind));
    const first = (await c.held()).document.blocks;
    await addByMouse(c, type, true);
    await c.saved();
    const one = added(c.saves.at(-1), first).get(type);
    holds(one, type);
    assert.deepEqual((await c.held()).document, c.saves.at(-1).document);
    await addByKeys(c, type);
    await c.saved();
    holdsByKeys(added(c.saves.at(-1), [...first, one]).get(type), type, one);
  });
}

test("a gift's coupon has a code for each, unless it is to be the same for all", async () => {
  const c = await compose(page, await draft(page, app, "gift"));
  await page.locator(".kc-palette .kc-tile", { hasText: "Coupon" }).click();
  await page.locator("[data-field=source]").waitFor();
  assert.equal(await page.locator("[data-field=code]").count(), 0);
  await page.locator("[data-field=source] label", { hasText: "The same for all" }).click();
  await page.locator("[data-field=code] input").fill("TEA10");
  await c.saved();
  const { document } = await c.held();
  assert.ok(document.blocks.some((b) => b.type === "coupon" && b.source === "shared" && b.code === "TEA10"));
});

// addByKeys adds a block from the menu and fills in its form, without a pointer.
async function addByKeys(c, type) {
  const keys = c.page.keyboard;
  await c.page.locator(".kc-overlay [tabindex='0']").focus();
  const before = (await c.names()).length;
  await keys.press("/");
  await keys.type(names[type]);
  await c.page.locator(".kc-insert [role=option].on", { hasText: names[type] }).waitFor();
  await keys.press("Enter");
  await until(c.page, `a ${type}`, async () => (await c.names()).length > before);
  await c.page.locator(".kc-panel.right .kc-form h2", { hasText: names[type] }).waitFor();
  if (type === "heading" || type === "text") {
    await c.letter().locator("[data-ks-edit].ProseMirror-focused").waitFor();
    await keys.type(`Typed in a ${type}`);
    await keys.press("Escape");
  }
  await c.page.locator(".kc-overlay [role=option][aria-selected=true]:focus").waitFor();
  await keys.press("Alt+Enter");
  for (const row of forms[type].map(of)) await byKeys(c.page, row);
  await keys.press("Escape");
  await c.page.locator(".kc-overlay [role=option]:focus").waitFor();
}

// holdsByKeys: times of day are set by arrows, so they only have to be there.
function holdsByKeys(block, type) {
  const times = forms[type].map(of).filter((row) => row.how === "moment" || row.how === "day").map((row) => row.path);
  for (const path of times) assert.match(at(block, path), /^\d{4}-\d\d-\d\d/, `${type}.${path}`);
  const set = structuredClone(block);
  for (const row of forms[type].map(of)) if (times.includes(row.path)) set[row.path] = row.held;
  holds(set, type);
}

test("every block is added with the keyboard alone, and the same after a reload", async (t) => {
  const address = await draft(page, app, "newsletter");
  const own = await chrome.newPage();
  t.after(() => own.close());
  await own.addInitScript(() => {
    window.pointed = [];
    for (const kind of ["pointerdown", "pointermove", "mousedown", "mousemove", "wheel", "touchstart"]) {
      addEventListener(kind, (e) => { if (e.isTrusted) window.pointed.push(kind); }, true);
    }
  });
  const c = await compose(own, address);
  const first = (await c.held()).document.blocks;
  for (const type of everywhere) await t.test(type, () => addByKeys(c, type));
  await t.test("a condition", async () => {
    await c.on("Home");
    await c.on("Alt+Enter");
    await tabTo(own, { input: "summary", named: "Who sees it" });
    await own.keyboard.press("Enter");
    await tabTo(own, { input: "input[type=radio]" });
    await own.keyboard.press("ArrowRight");
    await own.locator("[data-rule='0'] select:focus").waitFor();
    await own.keyboard.type("Language");
    await own.locator("select[aria-label='Condition 1: Language']").waitFor();
    await tabTo(own, { input: "select", named: /Language$/ });
    await own.keyboard.press("ArrowDown");
    await own.locator(".kc-condition").waitFor();
    await own.keyboard.press("Escape");
  });
  await t.test("a value", async () => {
    await c.on("Home");
    await c.on("End");
    await c.on("ArrowUp");
    await addByKeys(c, "button");
    await c.on("Alt+Enter");
    await tabTo(own, { input: "[role=textbox]", field: "label" });
    await own.keyboard.press("End");
    await own.keyboard.type(" ");
    await tabTo(own, { input: "button", field: "label", named: "Insert a value" });
    await own.keyboard.press("Enter");
    await own.locator(".kc-values input:focus").waitFor();
    const [pop, panel] = [await own.locator(".kc-values").boundingBox(), await own.locator(".kc-panel.right").boundingBox()];
    assert.ok(pop.x >= panel.x && pop.x + pop.width <= panel.x + panel.width, `the picker is from ${pop.x} to ${pop.x + pop.width}, its panel from ${panel.x}`);
    await own.keyboard.type("first name");
    await own.keyboard.press("Enter");
    await own.locator(".kc-chosen").waitFor();
    await tabTo(own, { input: "input", named: "When somebody lacks it, say" });
    await own.keyboard.type("friend");
    await own.keyboard.press("Enter");
    await own.locator("[data-field=label] .ks-chip").waitFor();
    await own.keyboard.press("Escape");
  });
  await t.test("a move", async () => {
    const before = await c.names();
    await c.on("Home");
    await c.on("Alt+ArrowDown");
    await until(own, "the move", async () => (await c.names())[1] === before[0]);
  });
  await c.saved();
  const sent = c.saves.at(-1);
  const fresh = added(sent, first);
  for (const type of everywhere) if (type !== "button") await t.test(`${type} is as it was filled in`, () => holdsByKeys(fresh.get(type), type));
  assert.match(JSON.stringify(sent.document), /Typed in a heading.*Typed in a text|Typed in a text.*Typed in a heading/);
  assert.match(JSON.stringify(sent.document), /"label":"Buy the tea \{\{ subscriber.first_name \| default: \\"friend\\" \}\}"/);
  assert.ok(sent.document.blocks.some((b) => b.show?.rules[0].path === "subscriber.lang"));
  await until(own, "all blocks to be drawn", async () => (await c.undrawn(flat(sent.document.blocks))).length === 0);
  assert.deepEqual(await own.evaluate(() => window.pointed), []);
  assert.deepEqual((await c.held()).document, sent.document);
});

test("the form of every block is free of faults in light and dark", async (t) => {
  const c = await compose(page, whole);
  const seen = new Set();
  await c.on("Home");
  for (let i = (await c.names()).length; i > 0; i--) {
    const name = await page.locator(".kc-panel.right .kc-form h2").innerText();
    if (!seen.has(name)) await t.test(name, async () => {
      for (const fold of await page.locator(".kc-panel.right details:not([open]) summary").all()) await fold.click();
      assert.deepEqual(await axe(page, undefined, ".kc-panel.right"), []);
    });
    seen.add(name);
    await c.on("ArrowDown");
  }
  assert.ok(seen.size >= everywhere.length, [...seen].join());
});

test("the content security policy was never broken", () => {
  assert.deepEqual(chrome.cspViolations(), []);
  assert.deepEqual(chrome.errors, []);
});
