// What the tests of the composer share: a draft to write in, what was saved of it, and waiting for what it shows.
import assert from "node:assert/strict";

// draft makes a campaign of that kind and returns where its first letter is written in English.
export async function draft(page, app, kind) {
  await page.goto(app.base + "/campaigns/new");
  await page.locator("form", { has: page.locator(`[name=kind][value=${kind}]`) }).getByRole("button").click();
  await page.waitForURL(/\/campaigns\/\d+/);
  await page.goto(app.base + page.url().match(/\/campaigns\/\d+/)[0] + "/messages");
  return app.base + await page.locator("a[href*='/messages/'][href$='/en']").first().getAttribute("href");
}

// compose opens the composer there and answers with what one works with on that page.
export async function compose(page, address) {
  const saves = []; // what was sent to be saved
  page.on("request", (r) => { if (r.method() === "POST" && r.url() === address + "/save") saves.push(r.postDataJSON()); });
  page.setDefaultTimeout(30_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  const letter = () => page.frameLocator(".kc-frame:not(.behind)");
  const opened = async () => { await letter().locator("[data-block]").first().waitFor(); };
  await page.goto(address);
  await opened();
  return {
    page, address, saves, letter, opened,
    // held is the letter as the server has it: it says so on the page it sends.
    held: async () => {
      await page.reload();
      await opened();
      return page.locator("#composer").evaluate((el) => JSON.parse(el.dataset.props).content);
    },
    // saved waits until all is saved and answers with what the last save sent.
    saved: async () => { await page.locator(".kc-status.saved").waitFor(); return saves.at(-1); },
    names: () => page.locator(".kc-overlay [role=option]").evaluateAll((all) => all.map((o) => o.getAttribute("aria-label"))),
    on: (key) => page.locator(".kc-overlay [tabindex='0']").press(key),
    // still waits until the letter is drawn as the composer has it, pictures too: before, a finger meets what moves under it.
    still: () => until(page, "the letter to stand still", () => page.locator(".kc-frame:not(.behind)").evaluate((frame) => {
      const doc = frame.contentDocument, around = frame.getBoundingClientRect();
      const options = [...document.querySelectorAll(".kc-overlay [role=option]")];
      const chosen = options.findIndex((o) => o.ariaSelected === "true");
      const drawn = [...new Set([...doc.querySelectorAll("[data-block]")].map((el) => el.dataset.block))];
      const is = doc.querySelector(`[data-block="${drawn[chosen]}"]`).getBoundingClientRect();
      const off = around.top + is.top * around.width / frame.offsetWidth - options[chosen].getBoundingClientRect().top;
      return drawn.length === options.length && Math.abs(off) < 1 && [...doc.images].every((i) => i.complete);
    })),
    // undrawn are the blocks of a letter that the server did not draw into the canvas.
    undrawn: (blocks) => page.locator(".kc-frame:not(.behind)").evaluate((frame, all) => all.filter(({ id }) => {
      const el = frame.contentDocument.querySelector(`[data-block="${id}"]`);
      return !el || el.getBoundingClientRect().height === 0;
    }).map((b) => b.type), blocks),
  };
}

// until waits for what no element shows.
export async function until(page, what, holds) {
  for (let i = 0; i < 400; i++) {
    if (await Promise.resolve(holds()).catch(() => false)) return; // a drawing may leave while it is read
    await page.waitForTimeout(50); // the browser has no signal for "the next drawing"
  }
  assert.fail(`waited for ${what}`);
}

// dragged moves a thing with the mouse from its middle to a place that is asked for once the thing is held.
export async function dragged(page, from, to) {
  await from.scrollIntoViewIfNeeded();
  const box = await from.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  const { x, y } = await to();
  await page.mouse.move(x, y, { steps: 6 });
  await page.locator(".kc-dropline").waitFor();
  await page.mouse.up();
}

// at reads a dotted path of a block.
export function at(block, path) {
  return path.split(".").reduce((held, key) => held?.[key], block);
}

// added are the blocks of a letter that are not among others, by type; those in columns count where there is no other.
export function added(content, others = []) {
  const old = new Set(flat(others).map((b) => b.id));
  const fresh = new Map();
  for (const block of [...content.document.blocks, ...flat(content.document.blocks)]) {
    if (!old.has(block.id) && !fresh.has(block.type)) fresh.set(block.type, block);
  }
  return fresh;
}

export function flat(blocks) {
  return blocks.flatMap((b) => [b, ...(b.cols ?? []).flat()]);
}
