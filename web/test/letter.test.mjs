// A marketer writes a letter: in the letter, by keyboard and by mouse, saved, looked at as somebody, sent as a test.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, start } from "./browser.mjs";

let app, chrome, page, address;

before(async () => {
  app = await start("demo");
  chrome = await open();
  page = await chrome.newPage();
  page.setDefaultTimeout(15_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signIn(page, app);
});

after(async () => {
  await chrome?.close();
  await app?.stop();
});

const letter = () => page.frameLocator(".kc-frame:not(.behind)");
const blocks = () => page.locator(".kc-overlay [role=option]").evaluateAll((all) => all.map((o) => o.getAttribute("aria-label")));
const saved = () => page.locator(".kc-status.saved").waitFor();
const until = async (what, holds) => {
  for (let i = 0; i < 200; i++) {
    if (await Promise.resolve(holds()).catch(() => false)) return; // a drawing may leave while it is read
    await page.waitForTimeout(50); // the browser has no signal for "the next drawing"
  }
  assert.fail(`waited for ${what}`);
};
// boxOf is where something stands once it stands still: a drawing may leave while it is read.
const boxOf = async (find) => {
  let box, last;
  await until("a place on the screen", async () => {
    [last, box] = [box, await find().boundingBox()];
    return box && last && box.x === last.x && box.y === last.y;
  });
  return box;
};
const writeSubject = async (on, text) => {
  await on.locator(".kc-envelope").click();
  await on.locator(".kc-letter .kc-line.ProseMirror-focused").first().waitFor();
  await on.keyboard.press("Control+End");
  await on.keyboard.type(text);
};
const byKeyboard = (key) => page.locator(".kc-overlay [tabindex='0']").press(key);

test("the draft of the demo opens, drawn by the server", async () => {
  await page.goto(app.base + "/campaigns");
  const draft = await page.locator("a[href^='/campaigns/']", { hasText: "draft" }).first().getAttribute("href");
  await page.goto(app.base + draft + "/messages");
  address = await page.locator("a[href*='/messages/'][href$='/en']").first().getAttribute("href");
  await page.goto(app.base + address);
  await letter().locator("[data-block]").first().waitFor();
  assert.ok((await blocks()).length > 2);
});

test("a block added with / is written in place, saved, and there after a reload", async () => {
  await byKeyboard("/");
  await page.locator(".kc-insert input:focus").waitFor();
  await page.keyboard.type("text");
  await page.keyboard.press("Enter");
  await letter().locator("[data-ks-edit].ProseMirror-focused").waitFor();
  await page.keyboard.type("Written in the letter");
  await page.keyboard.press("Escape");
  await until("a save", async () => (await page.locator(".kc-status").innerText()).match(/\d/));
  await page.reload();
  await letter().getByText("Written in the letter").waitFor();
});

test("keys move, duplicate and delete a block, and undo takes each back", async () => {
  const before = await blocks();
  await byKeyboard("Home");
  await byKeyboard("Alt+ArrowDown");
  await until("the move", async () => (await blocks())[1] === before[0]);
  await byKeyboard("Control+d");
  await until("the copy", async () => (await blocks()).length === before.length + 1);
  await byKeyboard("Delete");
  await until("the deletion", async () => (await blocks()).length === before.length);
  await page.getByRole("button", { name: "Undo" }).last().click();
  await until("the undo", async () => (await blocks()).length === before.length + 1);
  await byKeyboard("Control+z");
  await byKeyboard("Control+z");
  await until("all undone", async () => JSON.stringify(await blocks()) === JSON.stringify(before));
  await saved();
});

test("a block is dragged from the palette to between two others", async () => {
  const before = await blocks();
  await byKeyboard("Home"); // the first block is to be on the screen
  await page.locator(".kc-palette .kc-tile", { hasText: "Divider" }).scrollIntoViewIfNeeded();
  const tile = await boxOf(() => page.locator(".kc-palette .kc-tile", { hasText: "Divider" }));
  const canvas = await page.locator(".kc-canvas").boundingBox();
  await page.mouse.move(tile.x + 20, tile.y + 20);
  await page.mouse.down();
  await until("the line above the first block", async () => { // at the canvas's edge the letter scrolls under the pointer
    const first = await letter().locator("[data-block]").first().boundingBox();
    await page.mouse.move(first.x + 80, Math.max(first.y + 4, canvas.y + 20), { steps: 6 });
    const line = await page.locator(".kc-dropline").boundingBox({ timeout: 500 });
    return line && Math.abs(line.y - first.y) < 12;
  });
  await page.mouse.up();
  await until("the divider", async () => (await blocks())[0] === "Divider" && before[0] === (await blocks())[1]);
  await byKeyboard("Control+z");
  await until("the undo", async () => JSON.stringify(await blocks()) === JSON.stringify(before));
  await until("its drawing", async () => await letter().locator("[data-block]").count() === before.length);
});

test("pasted HTML keeps its bold and loses the rest", async () => {
  await letter().getByText("Written in the letter").click();
  await letter().locator("[data-ks-edit]").waitFor();
  await page.keyboard.press("Control+a");
  await page.locator(".kc-frame:not(.behind)").evaluate((frame) => {
    const data = new DataTransfer();
    data.setData("text/html", `<b style="font-weight:normal"><p style="color:red" onclick="x()"><span style="font-weight:700">Bold</span> and plain <a href="javascript:x()">bad</a></p></b>`);
    frame.contentDocument.querySelector("[data-ks-edit]").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await until("the paste", async () => (await letter().locator("[data-ks-edit] strong").allInnerTexts()).join() === "Bold");
  assert.equal(await letter().locator("[data-ks-edit] a").count(), 0);
  await page.keyboard.press("Escape");
  await saved();
});

test("a save over somebody else's is asked about, and both versions stay in reach", async () => {
  const other = await chrome.newPage();
  await other.goto(app.base + address);
  await writeSubject(other, " theirs");
  await until("their save", async () => (await other.locator(".kc-status").innerText()).match(/\d/));
  await other.close();
  await writeSubject(page, " mine");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await saved();
  assert.match(await page.locator(".kc-envelope").innerText(), / mine/);
  await page.getByRole("button", { name: "Undo" }).first().click();
  await until("their version", async () => (await page.locator(".kc-envelope").innerText()).includes(" theirs"));
});

test("the preview shows a real person's letter, and a test reaches the mailbox", async () => {
  await page.getByRole("button", { name: "Preview" }).click();
  await page.locator(".kc-person").first().click();
  await page.frameLocator(".kc-device.phone iframe").locator("[role=article]").waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.locator("dialog input[type=email]").fill("marketer@example.test");
  await page.keyboard.press("Enter");
  await page.locator("dialog .kc-good").waitFor();
  await page.keyboard.press("Escape");
});

test("it has no serious fault, fits a phone, and kept to the policy", async () => {
  await page.locator(".kc-overlay [tabindex='0']").focus();
  assert.deepEqual([...await shot(page, "composer"), ...await axe(page)], []);
  assert.deepEqual(chrome.cspViolations(), []);
  assert.deepEqual(chrome.errors.filter((e) => !/^409 /.test(e)), []); // a save over somebody else's was asked about
});
