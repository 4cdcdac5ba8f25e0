// The pictures of README and docs, taken anew of a demo: node scripts/pictures.mjs, with ./keepsake built (or KEEPSAKE_BINARY).
import { join } from "node:path";
import { open, signIn, start } from "../web/test/browser.mjs";
import { compose } from "../web/test/composing.mjs";

const into = join(import.meta.dirname, "../docs/pictures");
const app = await start("demo");
const chrome = await open({ viewport: { width: 1280, height: 800 } });
try {
  const page = await chrome.newPage();
  await signIn(page, app);
  const shot = (name) => page.screenshot({ path: join(into, name + ".png"), animations: "disabled" });
  const campaign = async (name) => {
    await page.goto(app.base + "/campaigns");
    await page.getByRole("link", { name }).first().click();
    await page.waitForURL(/\/campaigns\/\d+/);
    return page.url().match(/.*\/campaigns\/\d+/)[0];
  };

  await page.goto(app.base + "/");
  await shot("home");
  const feedback = await campaign(/How was your order/);
  await page.goto(feedback);
  await shot("report");
  const draft = await campaign(/Winter preview/);
  await page.goto(draft + "/messages");
  const c = await compose(page, app.base + await page.locator("a[href*='/messages/'][href$='/en']").first().getAttribute("href"));
  for (const key of ["Home", "ArrowDown", "ArrowDown"]) await c.on(key);
  await c.still();
  await shot("composer");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.locator(".kc-previews iframe").last().waitFor();
  await page.waitForLoadState("networkidle");
  await shot("preview");
  await page.goto(app.base + "/designs");
  await shot("designs");
} finally {
  await chrome.close();
  await app.stop();
}
