// How long the composer takes from a key to the drawing of what it changed, in a letter of twenty blocks. Argument: the
// binary. Prints {"keys": ms, "settings": ms}, each the median of thirty: a letter typed in a text of the canvas, and a
// setting (the size of a heading) that the server draws anew. The end is the first frame painted with the change.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
process.env.KEEPSAKE_BINARY = process.argv[2];
const { open, signIn, start } = await import(join(dirname(fileURLToPath(import.meta.url)), "../web/test/browser.mjs"));

const app = await start("demo");
const chrome = await open();
const page = await chrome.newPage();
page.setDefaultTimeout(20_000);
const letter = () => page.frameLocator(".kc-frame:not(.behind)");
const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];

try {
  await signIn(page, app);
  await openDraft();
  await twentyBlocks();
  const keys = await typing(), settings = await setting();
  console.log(JSON.stringify({ keys: median(keys), settings: median(settings) }));
} finally {
  await chrome.close();
  await app.stop();
}

async function openDraft() {
  await page.goto(app.base + "/campaigns");
  const draft = await page.locator("a[href^='/campaigns/']", { hasText: "draft" }).first().getAttribute("href");
  await page.goto(app.base + draft + "/messages");
  await page.goto(app.base + await page.locator("a[href*='/messages/'][href$='/en']").first().getAttribute("href"));
  await letter().locator("[data-block]").first().waitFor();
}

// twentyBlocks adds headings and texts in turn until there are twenty blocks.
async function twentyBlocks() {
  const count = () => page.locator(".kc-overlay [role=option]").count();
  for (let n = await count(); n < 20; n++) {
    await page.locator(".kc-overlay [tabindex='0']").press("/");
    await page.locator(".kc-insert input:focus").waitFor();
    await page.keyboard.type(n % 2 ? "heading" : "text");
    await page.keyboard.press("Enter");
    await letter().locator("[data-ks-edit].ProseMirror-focused").waitFor();
    await page.keyboard.press("Escape");
    await page.waitForFunction((n) => document.querySelectorAll(".kc-overlay [role=option]").length > n, n);
  }
  await page.locator(".kc-status.saved").waitFor();
}

// watch begins to look for a change; painted is then the ms until a frame is painted in which it shows.
// Letters run no scripts, so the page around them looks; a drawing may come in another frame than the last.
function watch(what, id) {
  return page.evaluate(([what, id]) => {
    const letter = () => document.querySelector(".kc-frame:not(.behind)")?.contentDocument;
    const ways = {
      words: () => letter()?.querySelector(".ProseMirror-focused")?.textContent,
      size: () => letter()?.querySelector(`[data-block="${id}"] :is(h1,h2,h3)`)?.style.fontSize,
    };
    const before = ways[what]();
    const from = performance.now(); // the key follows at once: its own way here is counted, too
    window.painted = new Promise((done) => {
      const look = () => {
        const now = ways[what]();
        if (now === undefined || now === before) requestAnimationFrame(look);
        else requestAnimationFrame(() => done(performance.now() - from));
      };
      look();
    });
  }, [what, id]);
}

function painted() { return page.evaluate(() => window.painted); }

// typing measures keys in a text of the letter.
async function typing() {
  await letter().locator("[data-block]", { hasText: "Write here." }).first().click();
  await letter().locator("[data-ks-edit].ProseMirror-focused").waitFor();
  const all = [];
  for (let i = 0; i < 30; i++) {
    await watch("words");
    await page.keyboard.press("x");
    all.push(await painted());
  }
  await page.keyboard.press("Escape");
  await page.locator(".kc-status.saved").waitFor();
  return all;
}

// setting measures a change that the server draws: the size of a heading.
async function setting() {
  const heading = letter().locator("[data-block]:has(h1,h2,h3)").first();
  const id = await heading.getAttribute("data-block");
  await heading.click();
  await page.keyboard.press("Escape");
  const field = page.getByRole("slider", { name: "Text size" });
  await field.waitFor();
  const all = [];
  for (let i = 0; i < 30; i++) {
    await watch("size", id);
    await field.press(i % 2 ? "ArrowLeft" : "ArrowRight");
    all.push(await painted());
  }
  return all;
}
