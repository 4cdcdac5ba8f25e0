// Writing a letter in code: the editor, its marks, the way out by keyboard, Liquid's round trip, and importing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { axe, open, shot, signIn, start } from "./browser.mjs";

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
    await signIn(page, app);
    const letter = await draft(page, app);
    await page.goto(app.base + letter);
    const saved = () => page.waitForResponse((r) => r.url().endsWith("/save") && r.ok());
    const stored = async () => JSON.parse(await page.getByRole("main").locator("#composer").getAttribute("data-props")).content;

    await t.test("blocks become HTML, and Undo brings them back", async () => {
      await page.getByRole("radio", { name: "HTML" }).check({ force: true });
      await page.locator(".cm-content").waitFor();
      assert.match(await page.locator(".cm-content").innerText(), /<!DOCTYPE html>/);
      await page.getByRole("button", { name: "Undo" }).first().click();
      await page.locator(".kc-palette").first().waitFor();
    });

    await t.test("what is wrong in MJML is marked at its line, and Escape and Tab lead out", async () => {
      await page.getByRole("radio", { name: "MJML" }).check({ force: true });
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

    await t.test("Markdown comes as blocks, and the dialog says what was left out", async () => {
      await page.getByRole("button", { name: "Import" }).first().click();
      assert.deepEqual(await axe(page), []);
      assert.deepEqual(await shot(page, "code-import"), []);
      await page.getByRole("radio", { name: "Markdown" }).check({ force: true });
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
