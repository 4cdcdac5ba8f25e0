// Writing a letter in code: the editor, its marks, the way out by keyboard, Liquid's round trip, and importing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { axe, choose, open, shot, signIn, start } from "./browser.mjs";

const paste = (page, text) => page.evaluate((text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}, text);

test("a letter can be written in code and brought along", { timeout: 240_000 }, async (t) => {
  const app = await start();
  const { newPage, cspViolations, close } = await open();
  try {
    const page = await newPage();
    page.setDefaultTimeout(20_000);
    await signIn(page, app);
    const letter = await draft(page, app);
    // Both are caught from the beginning: to begin while a letter is being saved is a race within the browser.
    const pass = (route) => route.continue();
    const caught = { convert: pass, save: pass };
    await page.route(/\/(convert|save)$/, (route) => caught[route.request().url().split("/").at(-1)](route));
    await page.goto(app.base + letter);
    const saved = () => page.waitForResponse((r) => r.url().endsWith("/save") && r.ok());
    const held = async () => { await page.reload(); await page.locator("#composer .kc-mode").waitFor(); return stored(); };
    const stored = async () => JSON.parse(await page.getByRole("main").locator("#composer").getAttribute("data-props")).content;

    const made = (name) => page.getByRole("radio", { name, exact: true });
    const turn = async (name, button) => {
      await choose(page, name);
      await page.locator(".kc-offer").getByRole("button", { name: button }).click();
      await page.locator(".kc-offer").waitFor({ state: "detached" });
    };
    const code = () => page.locator(".cm-content");
    const words = "Knitted words";

    await t.test("choosing another make changes nothing but says what would be lost, and Escape leaves it", async () => {
      for (const name of ["MJML", "HTML"]) {
        await choose(page, name);
        assert.match(await page.locator(".kc-offer").innerText(), /The blocks are set aside/);
        assert.deepEqual(await axe(page, undefined, ".kc-mode"), []);
        assert.deepEqual(await shot(page, `code-offer-${name}`), []);
        await made(name).focus(); // a narrow screen had the panel put away
        if (name === "HTML") await page.keyboard.press("Tab");
        await page.keyboard.press("Escape");
        await page.locator(".kc-offer").waitFor({ state: "detached" });
        assert.ok(await made("Blocks").evaluate((el) => el.checked && el === document.activeElement), "the switch is where it was and has the focus");
      }
      assert.equal(await page.locator(".kc-top [aria-label=Undo]").isDisabled(), true);
    });

    await t.test("blocks become HTML with all they show, and Undo brings them back", async () => {
      await page.locator(".kc-overlay [tabindex='0']").press("/");
      await page.keyboard.type("heading");
      await page.keyboard.press("Enter");
      await page.frameLocator(".kc-frame:not(.behind)").locator(".ProseMirror-focused").waitFor();
      await page.keyboard.press("Control+A");
      await page.keyboard.type(words);
      await page.locator(".kc-envelope").click();
      await turn("HTML", "Turn it into HTML");
      await code().waitFor();
      await page.locator(".kc-status.saved").waitFor();
      const { html } = await held();
      assert.match(html, /<!DOCTYPE html>/);
      assert.ok(html.includes(words) && html.includes("{{ links.unsubscribe"), "what the blocks say and the merge tags are in the code");
      await turn("Blocks", "Show the blocks");
      await page.frameLocator(".kc-frame:not(.behind)").getByText(words).waitFor();
      await page.getByRole("button", { name: "Undo" }).first().click();
      await code().waitFor();
      await page.getByRole("button", { name: "Redo" }).first().click();
      await page.frameLocator(".kc-frame:not(.behind)").getByText(words).waitFor();
    });

    const subject = () => page.locator(".kc-letter [data-field=subject] [role=textbox]").first();
    const turning = async () => {
      await choose(page, "HTML");
      const button = page.locator(".kc-offer").getByRole("button", { name: "Turn it into HTML" });
      await button.click();
      return button;
    };
    await t.test("what is written while blocks become HTML is taken along, and a second click turns nothing twice", async () => {
      let asked = 0, answer;
      const late = new Promise((go) => { answer = go; });
      caught.convert = async (route) => { if (asked++ === 0) await late; await route.continue(); };
      const button = await turning();
      await page.locator(".kc-offer[aria-busy=true]").waitFor();
      await button.click({ force: true });
      await subject().focus();
      await page.keyboard.type("Meanwhile");
      answer();
      await code().waitFor();
      assert.equal(asked, 2, "once more for what was written meanwhile");
      await page.locator(".kc-status.saved").waitFor();
      await page.getByRole("button", { name: "Undo" }).first().click();
      await page.frameLocator(".kc-frame:not(.behind)").getByText(words).waitFor();
      assert.match(await subject().innerText(), /Meanwhile/);
      caught.convert = pass;
    });

    await t.test("a letter that cannot be saved is not turned into HTML, and the reason is said", async () => {
      await page.locator(".kc-status.saved").waitFor();
      caught.save = (route) => route.abort();
      await subject().focus();
      await page.keyboard.type("Unsaved");
      await turning();
      await page.getByText("The server cannot be reached.").first().waitFor();
      assert.equal(await code().count(), 0);
      assert.equal(await page.locator(".kc-offer[aria-busy]").count(), 0, "it can be tried again");
      await page.locator(".kc-offer").getByRole("button", { name: "Leave it as it is" }).click();
      caught.save = pass;
      await Promise.all([saved(), page.keyboard.press("Control+S")]);
      await page.locator(".kc-status.saved").waitFor();
    });

    await t.test("a first try in MJML is never what the blocks become afterwards", async () => {
      await turn("MJML", "Begin anew in MJML");
      await code().filter({ hasText: "<mjml" }).waitFor();
      await turn("Blocks", "Show the blocks");
      await page.locator(".kc-palette").first().waitFor();
      await turn("HTML", "Turn it into HTML");
      await page.locator(".kc-status.saved").waitFor();
      assert.ok((await held()).html.includes(words));
    });

    await t.test("what was before each change of make stands in the history", async () => {
      await page.getByRole("button", { name: "History" }).click();
      await page.locator(".kc-history aside li").first().waitFor();
      assert.ok(await page.locator(".kc-history aside li").count() >= 4, "blocks, code, blocks, MJML … each have their version");
      await page.keyboard.press("Escape");
    });

    await t.test("what is wrong in MJML is marked at its line, and Escape and Tab lead out", async () => {
      await turn("MJML", "Begin anew in MJML");
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+A");
      await Promise.all([saved(), paste(page, "<mjml>\n  <mj-body>\n    <mj-colum>x</mj-colum>\n  </mj-body>\n</mjml>")]);
      await page.locator(".cm-lint-marker-error").waitFor();
      await page.getByRole("button", { name: /Line 3/ }).click();
      assert.deepEqual(await shot(page, "code-mjml"), []);
      assert.deepEqual(await axe(page), []);
      await page.locator(".cm-content").focus();
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate(() => document.activeElement.classList.contains("cm-content")), "Tab indents");
      await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate(() => !document.activeElement.classList.contains("cm-content")), "Escape, Tab leaves");
    });

    await t.test("Liquid comes out of the editor as it went in", async () => {
      const cases = readFileSync(new URL("../../internal/render/testdata/liquid/cases.txt", import.meta.url), "utf8").replace(/^== .*$/gm, "").trim();
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await Promise.all([saved(), paste(page, cases)]);
      await page.reload();
      assert.equal((await stored()).html, cases);
    });

    await t.test("Ctrl+F finds in the whole code, also what is not on the screen, and replaces", async () => {
      const long = `<p>Жълта tea</p>\n${"<p>x</p>\n".repeat(600)}<p>TEA</p>\n<p>a.b</p>\n<p>ЖЪЛТА {{ links.unsubscribe }}</p>`;
      await code().click();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await Promise.all([saved(), paste(page, long)]);
      await page.keyboard.press("Control+Home");
      await page.keyboard.press("Control+F");
      const panel = page.getByRole("search");
      const find = panel.getByRole("textbox", { name: "Find" });
      const status = (text) => panel.getByRole("status").filter({ hasText: text }).waitFor();
      await page.keyboard.type("tea");
      await status("1 of 2");
      await page.keyboard.press("Enter");
      await status("2 of 2");
      await page.locator(".kc-found.on", { hasText: "TEA" }).waitFor();
      await page.keyboard.press("Enter");
      await status("1 of 2");
      await page.keyboard.press("Shift+Enter");
      await status("2 of 2");
      assert.deepEqual(await axe(page), []);
      assert.deepEqual(await shot(page, "code-find"), []);
      await panel.getByLabel("Capitals as written").check();
      await status("1 of 1");
      await panel.getByLabel("Capitals as written").uncheck();
      await find.fill("a.b");
      await status("1 of 1");
      await find.fill("nowhere");
      await status("Nothing found.");
      await find.fill("");
      await page.keyboard.type("ab");
      await page.keyboard.press("Control+Z");
      assert.notEqual(await find.inputValue(), "ab", "the field's own undo: the letter is compared below");
      await find.fill("жълта");
      await panel.getByRole("textbox", { name: "Replace with" }).fill("зелена");
      await Promise.all([saved(), panel.getByRole("button", { name: "Replace all" }).click()]);
      await status("Replaced: 2");
      await page.keyboard.press("Escape");
      await panel.waitFor({ state: "detached" });
      assert.ok(await code().evaluate((el) => el === document.activeElement), "Escape leads back to the code");
      await page.locator(".kc-status.saved").waitFor();
      assert.equal((await held()).html, long.replaceAll(/жълта/gi, "зелена"));
    });

    await t.test("“Replace all” replaces all of very many", async () => {
      await code().click();
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await Promise.all([saved(), paste(page, `${"yarn x\n".repeat(6001)}{{ links.unsubscribe }}`)]);
      await page.keyboard.press("Control+F");
      const panel = page.getByRole("search");
      await panel.getByRole("textbox", { name: "Find" }).fill("yarn");
      await panel.getByRole("status").filter({ hasText: "of 6001" }).waitFor();
      await panel.getByRole("textbox", { name: "Replace with" }).fill("wool");
      await Promise.all([saved(), panel.getByRole("button", { name: "Replace all" }).click()]);
      await panel.getByRole("status").filter({ hasText: "Replaced: 6001" }).waitFor();
      await page.keyboard.press("Escape");
      await page.locator(".kc-status.saved").waitFor();
      assert.equal((await held()).html, `${"wool x\n".repeat(6001)}{{ links.unsubscribe }}`);
    });

    await t.test("typing over what is chosen breaks no policy", async () => {
      await code().click();
      await page.keyboard.press("Control+A");
      await page.keyboard.type("New words");
      assert.equal((await code().innerText()).trim(), "New words");
      assert.deepEqual(cspViolations(), []);
    });

    await t.test("Markdown comes as blocks, and the dialog says what was left out", async () => {
      await page.getByRole("button", { name: "Import" }).first().click();
      assert.deepEqual(await axe(page), []);
      assert.deepEqual(await shot(page, "code-import"), []);
      await choose(page, "Markdown");
      await page.getByRole("textbox", { name: "Markdown" }).fill("# Spring\n\nA **word**\n\n<div>x</div>");
      await page.getByRole("button", { name: "Import what is pasted" }).click();
      await page.getByText("1 piece of HTML left out").waitFor();
      await page.getByRole("button", { name: "Look at it" }).click();
      await page.locator(".kc-palette").first().waitFor();
    });
    assert.deepEqual(cspViolations(), []);
  } finally {
    await close();
    await app.stop();
  }
});

// draft is the address of a letter that can be changed.
async function draft(page, app) {
  await page.goto(`${app.base}/campaigns`);
  const links = (pattern) => page.$$eval("a", (all, p) => [...new Set(all.map((a) => a.getAttribute("href") ?? "").filter((h) => new RegExp(p).test(h)))], pattern);
  for (const at of await links("^/campaigns/\\d+")) {
    await page.goto(`${app.base}/campaigns/${at.split("/")[2]}/messages`);
    for (const letter of await links("/messages/[^/]+/en$")) {
      await page.goto(app.base + letter);
      if (!JSON.parse(await page.getAttribute("#composer", "data-props")).over) return letter;
    }
  }
  throw new Error("no letter can be changed");
}
