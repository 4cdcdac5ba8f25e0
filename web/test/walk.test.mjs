// A person's walk through the demo: everything a marketer would look at first, with axe and the policy watching.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, start } from "./browser.mjs";

let app, chrome, page;

before(async () => {
  app = await start("demo");
  chrome = await open();
  page = await chrome.newPage();
});

after(async () => {
  await chrome?.close();
  await app?.stop();
});

test("the one-time link signs in", async () => {
  await signIn(page, app);
  const answer = await page.goto(app.base + "/");
  assert.equal(answer.status(), 200);
  assert.equal(await page.locator("h1").count(), 1);
});

test("every page of the menu opens, has no serious fault and fits a phone", async (t) => {
  const links = await page.locator("nav a[href^='/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  assert.ok(links.length > 0, "the menu has links");
  for (const link of new Set(links)) {
    await t.test(link, async () => {
      const answer = await page.goto(app.base + link);
      assert.equal(answer.status(), 200);
      const tooWide = await shot(page, link.replace(/\W+/g, "-").replace(/^-|-$/g, "") || "home");
      assert.deepEqual([...tooWide, ...await axe(page)], []);
    });
  }
});

test("a phone shows the tab one is on", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const link of ["/settings", "/settings/users", "/settings/profile"]) {
    await page.goto(app.base + link);
    const tab = await page.locator(".tabs [aria-current]").boundingBox();
    assert.ok(tab.x >= 0 && tab.x + tab.width <= 360, `${link}: the tab is from ${tab.x}, ${tab.width} px wide`);
  }
});

test("the content security policy was never broken", () => {
  assert.deepEqual(chrome.cspViolations(), []);
  assert.deepEqual(chrome.errors, []);
});
