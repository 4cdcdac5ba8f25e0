// A person's walk through the main job: people in, a campaign out, the letter read and answered, the list taken home.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, start } from "./browser.mjs";

let app, chrome, page;

before(async () => {
  delete process.env.KEEPSAKE_SAMPLE; // links of letters are followed here: they have to lead to this demo
  app = await start("demo");
  chrome = await open();
  page = await chrome.newPage();
  await signIn(page, app);
});

after(async () => {
  await chrome?.close();
  await app?.stop();
});

// looked keeps the page's pictures and asserts that it fits and has no serious fault.
async function looked(name) {
  const tooWide = await shot(page, name);
  assert.deepEqual([...tooWide, ...await axe(page)], []);
}

const csv = "E-mail;First name;Language\nwalker.one@example.com;Мария;bg\nwalker.two@example.com;<b>Bob</b>;en\nnobody;X;en\n";

test("a list is made and people are imported into it, the wrong line named", async () => {
  await page.goto(app.base + "/lists/new");
  await page.fill("[name=name]", "Walkers");
  await page.click("main form button.primary");
  await page.waitForURL(/\/lists\/\d+/);
  await page.goto(app.base + "/jobs/import");
  await page.setInputFiles("input[type=file]", { name: "empty.csv", mimeType: "text/csv", buffer: Buffer.from("") });
  await page.click("main form button.primary");
  await page.waitForSelector("form [role=alert]");
  await page.setInputFiles("input[type=file]", { name: "walkers.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.click("main form button.primary");
  await page.waitForURL(/\/jobs\/\d+/);
  await looked("import-map");
  await page.selectOption("select[name=list]", { label: "Walkers" });
  await page.fill("[name=wording]", "Yes, write to me.");
  await page.click("main form button.primary");
  await page.getByRole("button", { name: /import/i }).first().waitFor();
  await looked("import-checked");
  await page.getByRole("button", { name: /import/i }).first().click();
  await page.getByText(/2 new|2 people|new/i).first().waitFor();
  await page.goto(app.base + "/subscribers?q=walker");
  await page.getByText("walker.two@example.com").waitFor();
});

let campaign;

test("a campaign is chosen from the gallery, aimed, checked and sent", async () => {
  await page.goto(app.base + "/campaigns/new");
  await looked("campaign-new");
  await page.locator("form", { has: page.locator("[name=kind][value=newsletter]") }).getByRole("button").click();
  await page.waitForURL(/\/campaigns\/\d+/);
  campaign = page.url().match(/\/campaigns\/\d+/)[0];
  await page.goto(app.base + campaign + "/audience");
  for (const box of await page.locator("input[name=in]").all()) await box.uncheck();
  await page.getByLabel("Walkers", { exact: true }).first().check();
  await page.getByText("Мария").first().waitFor();
  await page.getByText("Дмитрий").first().waitFor({ state: "hidden" });
  await looked("campaign-audience");
  await page.click("main form button.primary");
  await page.waitForURL(/\/messages$/);
  await looked("campaign-messages");
  await page.goto(app.base + campaign + "/schedule");
  await looked("campaign-schedule");
  await page.goto(app.base + campaign + "/review");
  await looked("campaign-review");
  await page.getByRole("button", { name: "Send to 2 people" }).click();
  await page.waitForURL(new RegExp(`${campaign}$`));
  await looked("campaign-counting-down"); // thirty seconds to undo; the next steps pass the time
});

// letterTo opens the newest letter to an address in the built-in mailbox and returns the links in it.
async function letterTo(address, words = "") {
  await page.goto(`${app.base}/mailbox?q=${encodeURIComponent(words || address)}`);
  await page.locator("main a[href^='/mailbox/']").first().click();
  await page.waitForURL(/\/mailbox\/\d+/);
  await looked("mailbox-letter");
  const frame = await page.request.get(page.url().replace(/(\/mailbox\/\d+).*/, "$1/html"));
  return [...(await frame.text()).matchAll(/href="([^"]+)"/g)].map((m) => m[1].replaceAll("&amp;", "&"));
}

test("a purchase is rated and a gift redeemed, each confirmed by a button", async () => {
  const rate = await openPage("how did we do", (l) => /[?&]rating=4(&|$)/.test(l));
  await looked("rate");
  await answer();
  await looked("rate-done");
  await page.goto(rate.replace(/\?.*/, ""));
  assert.equal(await page.locator("input[name=rating]:checked").getAttribute("value"), "4", "the rating is kept");

  const gift = await openPage("with thanks", (l) => l.includes("/r/"));
  await looked("gift");
  await answer();
  await looked("gift-done");
  await page.goto(gift);
  assert.equal(await page.locator("main form").count(), 0, "a redeemed gift offers no second time");
  await page.goto(app.base + "/campaigns");
  await looked("campaigns");
});

// answer presses the page's button and waits for what comes of it.
async function answer() {
  const done = page.waitForResponse((r) => r.request().method() === "POST");
  await page.locator("main form button").last().click();
  assert.equal((await done).status(), 200);
  await page.waitForLoadState();
}

// openPage opens the first page behind such a link, in the mailbox's newest letters about something, that still has
// its button: some of the sample people have answered before.
async function openPage(words, wanted) {
  await page.goto(`${app.base}/mailbox?q=${encodeURIComponent(words)}`);
  const letters = await page.locator("main a[href^='/mailbox/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")).filter((h) => /\/mailbox\/\d+$/.test(h)));
  for (const letter of letters) {
    const body = await (await page.request.get(`${app.base}${letter}/html`)).text();
    const link = [...body.matchAll(/href="([^"]+)"/g)].map((m) => m[1].replaceAll("&amp;", "&")).find(wanted);
    if (!link) continue;
    await page.goto(link);
    if (await page.locator("main form button").count() > 0) return link;
  }
  assert.fail(`no letter about ${words} has such a page with a button`);
}

test("the list is exported", async () => {
  await page.goto(app.base + "/jobs/export");
  await looked("export");
  await page.click("main form button.primary");
  await page.waitForURL(/\/jobs\/\d+/);
  const link = page.locator("main a[href$='/file']");
  await link.waitFor();
  const file = await (await page.request.get(app.base + await link.getAttribute("href"))).text();
  assert.ok(file.includes("walker.two@example.com"), "the export has the people");
  await looked("export-done");
});

test("the letter is in the mailbox, in the reader's language, and one click leaves the list", async () => {
  await page.goto(app.base + campaign);
  await page.getByText("2 of 2").or(page.getByText(/finished/i)).first().waitFor({ timeout: 60_000 });
  await looked("campaign-report");
  const links = await letterTo("walker.one@example.com");
  await page.goto(links.find((l) => l.includes("/u/")));
  assert.equal(await page.locator("html").getAttribute("lang"), "bg");
  await looked("unsubscribe");
  await page.locator("form button").first().click();
  await page.waitForLoadState();
  await looked("unsubscribed");
  await page.goto(app.base + "/subscribers?q=walker.one");
  await page.getByText("walker.one@example.com").click();
  await page.getByText(/unsubscribed/i).first().waitFor();
  await looked("person");
});

test("the content security policy was never broken", () => {
  assert.deepEqual(chrome.cspViolations(), []);
  assert.deepEqual(chrome.errors.filter((e) => !/^422 .*\/jobs\/import$/.test(e)), []); // a file was refused, as it must
});
