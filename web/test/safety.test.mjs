// Nothing written is lost: a hundred steps back and forth, two windows on one letter, a line that breaks, and a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, choose, open, signIn, start } from "./browser.mjs";
import { compose, draft, until } from "./composing.mjs";

let app, chrome, page;

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

// pressed presses a key many times.
async function pressed(on, key, times) {
  for (let i = 0; i < times; i++) await on.keyboard.press(key);
}

// typed writes at the end of the subject.
async function typed(c, text) {
  await c.page.locator(".kc-envelope").click();
  await c.page.locator(".kc-letter .kc-line.ProseMirror-focused").first().waitFor();
  await c.page.keyboard.press("Control+End");
  await c.page.keyboard.type(text);
}

const subject = (c) => c.page.locator(".kc-envelope b").innerText();
const stored = (c) => c.page.evaluate(() => Object.entries(localStorage).filter(([k]) => k.startsWith("keepsake.draft:")).map(([, v]) => JSON.parse(v)));
// another is the same letter in another window.
async function another(c) { return compose(await chrome.newPage(), c.address); }

const same = (a, b) => JSON.stringify(a.document) === JSON.stringify(b.document);
// heights are those of the space that was added: the settings that are changed.
const heights = (content) => content.document.blocks.filter((b) => b.type === "spacer").map((b) => `${b.height} ${b.phoneHeight}`)[0];

test("a hundred of a hundred and ten changes are undone and done again", async () => {
  const c = await compose(page, await draft(page, app, "newsletter"));
  await c.on("/");
  await page.keyboard.type("space");
  await page.keyboard.press("Enter");
  await page.locator("[data-field=height] input[type=range]").focus();
  // Two settings in turn are no typing that is taken together: 70 changes, then 40 of whole blocks.
  let tenth;
  for (let i = 0; i < 70; i++) {
    await page.keyboard.press("ArrowRight");
    if (i === 9) await until(page, "the tenth change to be saved", async () => heights(tenth = await c.saved()) === "29 21");
    await pressed(page, i % 2 ? "Shift+Tab" : "Tab", 2);
  }
  await page.keyboard.press("Escape");
  await page.locator(".kc-overlay [role=option]:focus").waitFor();
  for (let i = 0; i < 10; i++) {
    for (const key of ["Home", "Control+d", "Alt+ArrowDown", "Alt+ArrowDown"]) await c.on(key);
    if (i % 2) await c.on("Delete"); else await c.on("Alt+ArrowUp");
  }
  const last = await c.saved();
  assert.equal(heights(last), "59 51");
  assert.equal(last.document.blocks.length, tenth.document.blocks.length + 5);
  await c.on("Home");
  await pressed(page, "Control+z", 100);
  await until(page, "the save of the undo", async () => same(await c.saved(), tenth)).catch(() => assert.deepEqual(c.saves.at(-1).document, tenth.document));
  await pressed(page, "Control+Shift+z", 100);
  await until(page, "the save of the redo", async () => same(await c.saved(), last));
  assert.deepEqual((await c.held()).document, last.document);
});

test("a letter that became code, and a hundred steps from there, is undone to its blocks and done again", async () => {
  const c = await compose(page, await draft(page, app, "newsletter"));
  await typed(c, "!");
  let blocks; // what was opened is saved, too
  await until(page, "the first save", async () => (blocks = await c.saved())?.subject.includes("!"));
  await choose(c.page, "HTML");
  await c.page.locator(".kc-offer").getByRole("button", { name: "Turn it into HTML" }).click();
  await c.page.locator(".cm-content").click();
  // The subject and the code in turn are no typing that is taken together: with the turn into code a hundred.
  const line = c.page.locator(".kc-letter [data-field=subject] [role=textbox]");
  for (let i = 0; i < 99; i++) {
    await (i % 2 ? c.page.locator(".cm-content") : line).focus();
    await c.page.keyboard.type(String(i % 10));
  }
  const code = await c.saved();
  assert.equal(code.mode, "html");
  assert.notEqual(code.subject, blocks.subject);
  const times = async (name) => { await c.page.getByRole("button", { name }).first().focus(); await pressed(page, "Enter", 100); };
  await times("Undo");
  assert.ok(await c.page.getByRole("button", { name: "Undo" }).first().isDisabled());
  await c.letter().locator("[data-block]").first().waitFor();
  await until(page, "the save of the undo", async () => { const now = await c.saved(); return now.mode === "blocks" && same(now, blocks) && now.subject === blocks.subject; });
  await times("Redo");
  await until(page, "the save of the redo", async () => { const now = await c.saved(); return now.mode === "html" && now.html === code.html && now.subject === code.subject; });
  assert.equal(await c.page.locator(".cm-content").count(), 1);
});

test("a phone reaches all that a computer does", async () => {
  const address = await draft(page, app, "newsletter");
  const c = await compose(page, address);
  const shown = async (on) => {
    const title = await on.page.locator("dialog[open]").getAttribute("aria-label");
    await on.page.keyboard.press("Escape");
    await on.page.locator("dialog[open]").waitFor({ state: "detached" });
    return title;
  };
  const wide = [];
  for (const button of await page.locator(".kc-ends button").all()) { await button.click(); wide.push(await shown(c)); }
  const context = await chrome.browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, storageState: await chrome.context.storageState() });
  const phone = await compose(await context.newPage(), address);
  const dock = phone.page.locator(".kc-dock button:not([aria-expanded])");
  const small = [];
  for (const button of await dock.all()) { await button.tap(); small.push(await shown(phone)); }
  await dock.last().tap();
  assert.deepEqual(await axe(phone.page, undefined, "dialog[open]"), []);
  const more = await phone.page.locator("dialog[open] .kc-others button").allInnerTexts();
  await phone.page.keyboard.press("Escape");
  for (const name of more) {
    await dock.last().focus();
    await phone.page.keyboard.press("Enter");
    await phone.page.locator("dialog[open]").getByRole("button", { name }).press("Enter");
    await phone.page.locator("dialog[open]:not([aria-label=More])").waitFor();
    small.push(await shown(phone));
    assert.ok(await dock.last().evaluate((el) => el === document.activeElement), "the focus is where it began");
  }
  assert.deepEqual(wide.filter((title) => !small.includes(title)), []);
  assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  await context.close();
});

test("times are those of the shop wherever the browser is, and a new event begins there", async () => {
  const address = await draft(page, app, "newsletter");
  const context = await chrome.browser.newContext({ timezoneId: "Pacific/Honolulu", locale: "en-US", storageState: await chrome.context.storageState() });
  const c = await compose(await context.newPage(), address);
  const answered = c.page.waitForResponse((r) => r.url() === address + "/save");
  await c.page.locator(".kc-palette .kc-tile", { hasText: "Event" }).click();
  const { savedAt } = await (await answered).json();
  const event = (await c.saved()).document.blocks.find((b) => b.type === "event");
  const there = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Sofia", hour: "2-digit", minute: "2-digit" }).format(new Date(savedAt));
  assert.equal(await c.page.locator(".kc-status").innerText(), `Saved ${there}`);
  assert.match(await c.page.locator(".kc-status").getAttribute("title"), /Europe\/Sofia/);
  assert.equal(event.zone, "Europe/Sofia");
  await c.page.locator(".kc-form .kc-note").nth(1).waitFor();
  assert.match((await c.page.locator(".kc-form .kc-note").allInnerTexts()).join(" "), /takes place.*link that the button opens/, "place and link are asked for at once");
  await c.page.getByRole("button", { name: "History" }).click();
  await c.page.locator(".kc-history aside", { hasText: "Times are those of Europe/Sofia." }).locator("li", { hasText: there }).first().waitFor();
  await context.close();
});

test("the second window is warned, shows the other version, and undo brings its own back", async () => {
  const mine = await compose(page, await draft(page, app, "newsletter"));
  const other = await another(mine);
  await typed(other, " theirs");
  await other.saved();
  await typed(mine, " mine");
  const banner = page.locator(".kc-banner");
  await banner.waitFor();
  assert.match(await banner.innerText(), /^.+ saved this letter at .*\d.* while you were writing/);
  assert.deepEqual(await axe(page, undefined, ".kc-banner"), []);
  assert.match((await stored(mine))[0].content.subject, / mine$/);
  await banner.getByRole("button", { name: "Show the other version" }).click();
  assert.match(await subject(mine), / theirs$/);
  await page.getByRole("button", { name: "Undo" }).first().click();
  assert.match(await subject(mine), / mine$/);
  await until(page, "mine to be saved", async () => / mine$/.test((await mine.saved()).subject));
  assert.match((await mine.held()).subject, / mine$/);
  await other.page.close();
});

test("a version that was kept is one undo away from the other's", async () => {
  const mine = await compose(page, page.url());
  const other = await another(mine);
  await typed(other, " again");
  await other.saved();
  await typed(mine, " kept");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await until(page, "mine to be saved", async () => / mine kept$/.test((await mine.saved()).subject));
  await page.getByRole("button", { name: "Undo" }).first().click();
  assert.match(await subject(mine), / again$/);
  await page.getByRole("button", { name: "Redo" }).first().click();
  await until(page, "mine to be back", async () => / mine kept$/.test((await mine.saved()).subject));
  await other.page.close();
});

test("a window that is closed before the choice still has both versions when it is opened again", async () => {
  const first = await another({ address: page.url() });
  const mine = await another(first);
  await typed(first, " one");
  await first.saved();
  await typed(mine, " two");
  await mine.page.locator(".kc-banner").waitFor();
  await mine.page.close();
  const back = await another(first);
  await back.page.locator(".kc-banner").waitFor();
  assert.match(await subject(back), / two$/);
  await back.page.getByRole("button", { name: "Show the other version" }).click();
  assert.match(await subject(back), / one$/);
  await back.page.close();
  await first.page.close();
});

test("without a line the letter is kept in the browser, and saved when the line is back", async () => {
  const c = await another({ address: page.url() });
  await chrome.context.setOffline(true);
  await typed(c, " offline");
  await c.page.locator(".kc-status.offline").waitFor();
  assert.match(await c.page.locator(".kc-status").innerText(), /Offline/);
  assert.match((await stored(c))[0].content.subject, / offline$/);
  await chrome.context.setOffline(false);
  await until(c.page, "the save", async () => / offline$/.test((await c.saved()).subject));
  assert.deepEqual(await stored(c), []);
  assert.match((await c.held()).subject, / offline$/);
  await c.page.close();
});

test("what was written without a line before the window was closed is back in the next one", async () => {
  const c = await another({ address: page.url() });
  await chrome.context.setOffline(true);
  await typed(c, " closed");
  await c.page.locator(".kc-status.offline").waitFor();
  const none = await chrome.newPage();
  await assert.rejects(none.goto(c.address)); // there is no way to load it again
  await none.close();
  await c.page.close();
  await chrome.context.setOffline(false);
  const back = await another(c);
  await back.page.locator(".kc-toast", { hasText: "are back" }).waitFor();
  assert.match(await subject(back), / closed$/);
  await until(back.page, "the save", async () => / closed$/.test((await back.saved()).subject));
  assert.match((await back.held()).subject, / closed$/);
  await back.page.close();
});

test("on a phone blocks are added with a tap and moved with buttons", async () => {
  const address = await draft(page, app, "newsletter");
  const phone = await chrome.browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, storageState: await chrome.context.storageState() });
  const c = await compose(await phone.newPage(), address);
  const before = await c.names();
  await c.page.locator(".kc-dock button", { hasText: "Add" }).tap();
  await c.page.locator(".kc-palette .kc-tile", { hasText: "Divider" }).tap();
  await until(c.page, "the divider", async () => (await c.names()).length === before.length + 1);
  const place = async () => (await c.names()).lastIndexOf("Divider");
  const from = await place();
  await c.still();
  await c.page.locator(".kc-blockbar").getByRole("button", { name: "Move up" }).tap();
  await until(c.page, "the move", async () => (await place()) === from - 1);
  await c.still();
  await c.page.locator(".kc-blockbar").getByRole("button", { name: "Settings" }).tap();
  await c.page.locator(".kc-panel.right.up [data-field=thickness] input[type=number]").fill("5");
  await c.page.getByRole("button", { name: "Close the panel" }).last().tap();
  await c.page.locator(".kc-panel.up").waitFor({ state: "detached" });
  await until(c.page, "the save", async () => (await c.saved()).document.blocks.some((b) => b.type === "divider" && b.thickness === 5));
  assert.ok(await c.page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  assert.deepEqual(await axe(c.page), []);
  await phone.close();
});

test("every dialog is free of faults in light and dark", async (t) => {
  const c = await compose(page, await draft(page, app, "newsletter"));
  const buttons = await c.page.locator(".kc-ends button").evaluateAll((all) => all.map((b) => b.getAttribute("aria-label") ?? b.textContent.trim()));
  assert.ok(buttons.includes("Preview") && buttons.includes("Send a test"), buttons.join());
  for (const name of buttons) await t.test(name, async () => {
    await c.page.locator(".kc-ends").getByRole("button", { name, exact: true }).click();
    await looked(c);
  });
  await t.test("the import", async () => {
    await c.page.locator(".kc-letter").getByRole("button", { name: "Import" }).click();
    await looked(c);
  });
  await t.test("the pictures", async () => {
    await c.page.locator(".kc-palette .kc-tile", { hasText: "Image" }).click();
    await c.page.locator("[data-field=asset] button").first().click();
    await c.page.locator("dialog label", { hasText: "Drawings" }).click();
    await c.page.locator("dialog [role=option]").first().click();
    await looked(c);
  });
  await t.test("the values", async () => {
    await c.page.locator("[data-field=alt]").getByRole("button", { name: "Insert a value" }).click();
    await c.page.locator(".kc-values label").first().click();
    assert.deepEqual(await axe(c.page, undefined, ".kc-values"), []);
    await c.page.keyboard.press("Escape");
  });
  await t.test("the menu of blocks", async () => {
    await c.on("/");
    await c.page.locator(".kc-insert").waitFor();
    assert.deepEqual(await axe(c.page, undefined, ".kc-insert"), []);
    await c.page.keyboard.press("Escape");
  });
  await t.test("saving for reuse", async () => {
    await c.page.locator(".kc-blockbar").getByRole("button", { name: /Save for reuse/ }).click();
    await looked(c);
  });
});

// looked asserts that the dialog that opens has no fault, and closes it.
async function looked(c) {
  const dialog = c.page.locator("dialog[open]");
  await dialog.waitFor();
  await dialog.locator(".kc-waiting").waitFor({ state: "detached" });
  assert.deepEqual(await axe(c.page, undefined, "dialog[open]"), []);
  await c.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

test("the content security policy was never broken, and nothing failed but what was cut off", () => {
  assert.deepEqual(chrome.cspViolations(), []);
  assert.deepEqual(chrome.errors.filter((e) => !/^409 /.test(e)), []);
});
