// The builder of segments: the same rule by mouse and by keyboard, groups, what is kept, and every field and test there is.
import assert from "node:assert/strict";
import { build } from "esbuild";
import { after, before, test } from "node:test";
import { axe, open, shot, signIn, start } from "./browser.mjs";

let app, chrome, page;
const issue = (category) => ({ match: "all", rules: [
  { field: "bought", is: "did", times: { is: "at_least", n: 2 }, within: { last: 90, unit: "days" }, where: [{ field: "category", is: "is", values: [category] }, { field: "refunded", is: "no" }] },
  { field: "opened", is: "did_not", within: { last: 30, unit: "days" } }] });

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

// fresh opens the builder with nothing in it.
async function fresh() {
  await page.goto(`${app.base}/segments/new`);
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await page.locator(".sb-group").waitFor();
}

// ruleOf reads the rule out of the JSON view, and comes back.
async function ruleOf() {
  await page.getByRole("button", { name: "JSON" }).click();
  const text = await page.locator("#sb-json").inputValue();
  await page.getByRole("button", { name: "Sentences" }).click();
  return JSON.parse(text);
}

async function write(rule) {
  await page.getByRole("button", { name: "JSON" }).click();
  await page.locator("#sb-json").fill(JSON.stringify(rule));
  await page.getByRole("button", { name: "Sentences" }).click();
}

const rules = () => page.locator(".sb-rule");
const counted = () => page.locator("#sb-found .big:not(.sb-old)").waitFor();

async function pick(name) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox").fill(name);
  await dialog.getByRole("option", { name, exact: true }).click();
}

let category;

test("the issue's rule is built with the mouse, counted and shown with people", async () => {
  await fresh();
  await page.getByRole("button", { name: "Add a rule" }).click();
  await pick("Bought pieces");
  const bought = rules().first();
  await bought.getByLabel("How often").selectOption("at_least");
  await bought.getByLabel("When").selectOption("last");
  await bought.getByLabel("How many", { exact: true }).fill("90");
  await bought.getByRole("button", { name: "where…" }).click();
  const type = bought.getByRole("combobox", { name: "Category: value" });
  await type.click();
  const first = bought.locator(".sb-offer [role=option]").first();
  category = await first.locator("span").first().textContent();
  await first.click();
  await bought.getByRole("button", { name: "and", exact: true }).click();
  await bought.getByLabel("What").last().selectOption({ label: "Nothing was given back" });
  await page.getByRole("button", { name: "Add a rule" }).click();
  await pick("Opened a letter");
  const opened = rules().nth(1);
  await opened.getByLabel("Condition").selectOption({ label: "Did not open a letter" });
  await opened.getByLabel("When").selectOption("last");
  await counted();
  const people = Number((await page.locator("#sb-found .big").textContent()).replace(/\D/g, ""));
  assert.ok(people > 0, "somebody is in it");
  assert.equal(await page.locator(".sb-reach .people-sample li").count(), Math.min(10, people));
  assert.match(await page.locator(".sb-inwords").innerText(), /Bought at least 2 pieces in the last 90 days, category is “.+”, nothing was given back/);
  assert.deepEqual(await ruleOf(), issue(category));
});

// tab presses Tab until what has the focus is called so, within so many steps.
async function tab(name, most = 40, key = "Tab") {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key);
    const here = await page.evaluate(() => { const el = document.activeElement; return `${el.getAttribute("aria-label") ?? ""}|${el.textContent.trim()}`; });
    if (here.split("|").some((one) => (name instanceof RegExp ? name.test(one) : one === name))) return;
  }
  assert.fail(`the Tab key did not come to ${name}`);
}

// choose turns the select with the focus by the arrows alone.
async function choose(label) {
  const read = () => page.evaluate(() => document.activeElement.selectedOptions[0].textContent);
  await page.keyboard.press("Home");
  for (let i = 0; i < 20 && await read() !== label; i++) await page.keyboard.press("ArrowDown");
  assert.equal(await read(), label);
}

test("the same rule is built with the keyboard alone", async () => {
  const keys = page.keyboard;
  await fresh();
  await tab("Add a rule", 80);
  await keys.press("Enter");
  await keys.type("bought");
  await keys.press("Enter"); // the focus comes to the new rule
  await tab("How often");
  await choose("at least");
  await tab("When");
  await choose("in the last");
  await tab("How many");
  await keys.press("Control+a");
  await keys.type("90");
  await tab("where…");
  await keys.press("Enter");
  await page.locator(".sb-condition").waitFor();
  await tab("Category: value", 5); // the focus is on what is asked
  await page.locator(".sb-offer [role=option]").first().waitFor();
  await keys.press("ArrowDown");
  await keys.press("Enter");
  await tab("and");
  await keys.press("Enter");
  await page.locator(".sb-condition").nth(1).waitFor();
  await choose("Nothing was given back");
  await tab("Add a rule");
  await keys.press("Enter");
  await keys.type("opened");
  await keys.press("Enter");
  await choose("Did not open a letter");
  await tab("When");
  await choose("in the last");
  await counted();
  assert.deepEqual(await ruleOf(), issue(category));
});

test("a rule goes into groups and out of them, is copied, removed and brought back, by keys", async () => {
  const shape = async () => { const of = (r) => (r.match ? `${r.match}(${(r.rules ?? []).map(of).join(" ")})` : r.field); return of(await ruleOf()); };
  const at = async (i, key) => { await rules().nth(i).focus(); await page.keyboard.press(key); };
  await fresh();
  await write({ match: "all", rules: [{ field: "lang", is: "filled" }, { match: "any", rules: [{ field: "zone", is: "filled" }] }, { field: "source", is: "filled" }] });
  await at(0, "Alt+ArrowDown");
  assert.equal(await shape(), "all(any(lang zone) source)");
  await at(2, "Alt+ArrowUp");
  assert.equal(await shape(), "all(any(lang zone source))");
  await at(0, "Alt+ArrowUp");
  await at(0, "Alt+ArrowUp"); // it cannot go further
  assert.equal(await shape(), "all(lang any(zone source))");
  await at(0, "Alt+g");
  assert.equal(await shape(), "all(any(lang) any(zone source))");
  await at(2, "Control+d");
  assert.equal(await shape(), "all(any(lang) any(zone source source))");
  await at(0, "Control+Delete");
  assert.equal(await shape(), "all(any(zone source source))");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  assert.equal(await shape(), "all(any(lang) any(zone source source))");
  await page.getByRole("button", { name: "Ungroup" }).last().click();
  assert.equal(await shape(), "all(any(lang) zone source source)");
  await page.getByRole("button", { name: /^Undo/ }).first().click();
  await page.getByRole("button", { name: /^Redo/ }).click();
  assert.equal(await shape(), "all(any(lang) zone source source)");
  await rules().nth(3).hover();
  await rules().nth(3).locator(".sb-grip").dragTo(rules().nth(0), { targetPosition: { x: 20, y: 4 } });
  assert.equal(await shape(), "all(any(source lang) zone source)");
  await page.keyboard.press("Control+z");
  await page.getByLabel("How the rules of this group are put together").first().selectOption("none");
  assert.equal(await shape(), "none(any(lang) zone source source)");
});

test("what is wrong stands beside its rule, and what cannot be drawn stays as it is", async () => {
  await fresh();
  const rule = { match: "all", rules: [{ field: "first_name", is: "is" }, { field: "nose", is: "is", values: ["long"] }, { field: "orders.sum", is: "at_least", values: ["many"], where: [{ field: "currency", is: "is", values: ["EUR"] }] }] };
  await write(rule);
  await page.locator(".sb-fault").nth(1).waitFor();
  assert.equal(await rules().nth(0).locator(".sb-fault").innerText(), "Say with what it is compared.");
  assert.equal(await rules().nth(0).getByRole("combobox", { name: "First name: value" }).getAttribute("aria-invalid"), "true");
  assert.match(await rules().nth(1).innerText(), /There is nothing called “nose” to ask about\./);
  assert.equal(await rules().nth(2).getByLabel("Sum of orders: value").getAttribute("aria-invalid"), "true");
  assert.deepEqual(await ruleOf(), rule);
  await rules().nth(0).getByRole("combobox", { name: "First name: value" }).evaluate((el) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "Ana\nIva\r\nAna\n\nOlga\n");
    el.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  assert.deepEqual((await ruleOf()).rules[0].values, ["Ana", "Iva", "Olga"]); // a column of a spreadsheet
  await page.getByRole("button", { name: "JSON" }).click();
  await page.locator("#sb-json").fill("{");
  assert.match(await page.locator("#sb-json-fault").innerText(), /This is no JSON/);
  assert.equal(await page.getByRole("button", { name: "Save" }).isDisabled(), true);
});

test("a rule that says of an attribute that it is a text is drawn, and means the same when it is written back", async () => {
  await fresh();
  const rules_ = [{ field: "attributes.city", type: "text", is: "filled" }, { field: "attributes.city", type: "text", is: "is", values: ["Sofia"] }, { field: "attributes.nobody", type: "text", is: "starts", values: ["x"] }, { field: "responded", is: "did", where: [{ field: "answer", type: "text", is: "is", values: ["x"] }] }];
  await write({ match: "any", rules: rules_ });
  await rules().nth(3).waitFor();
  assert.equal(await page.locator(".sb-raw").count(), 0);
  const plain = rules_.map(({ type: _, where, ...rule }) => ({ ...rule, ...(where ? { where: where.map(({ type: __, ...one }) => one) } : {}) }));
  assert.deepEqual((await ruleOf()).rules, plain); // no type is a text
  await page.goto(`${app.base}/segments/new?of=subscribers&attribute=city`);
  await rules().first().waitFor();
  assert.equal(await page.locator(".sb-raw").count(), 0);
});

// over are the tools of a rule that stand over its controls, or over other tools.
const over = () => page.evaluate(() => {
  const box = (el) => el.getBoundingClientRect();
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const tools = [...document.querySelectorAll(".sb-tools")], others = [...document.querySelectorAll(".sb-tree :is(select, input, button)")].filter((el) => !el.closest(".sb-tools"));
  return tools.flatMap((one) => [...others, ...tools].filter((el) => el !== one && meet(box(one), box(el))).map((el) => `${one.closest("[data-rule]").getAttribute("aria-label")}: ${el.getAttribute("aria-label") ?? el.className}`));
});

test("the tools of a rule stand over nothing, at a desk and on a phone", async () => {
  await fresh();
  await write({ match: "all", rules: [{ field: "ordered", is: "did", times: { is: "at_least", n: 2 }, within: { last: 90, unit: "days" } }, { field: "opened", is: "did_not" },
    { match: "any", rules: [{ field: "opened", is: "did_not", within: { last: 30, unit: "days" } }, { match: "none", rules: [{ field: "clicked", is: "did", within: { last: 30, unit: "days" } }, { field: "attributes.city", is: "is", values: ["Sofia"] }] }] }] });
  await rules().nth(4).waitFor();
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 900 });
    await rules().first().getByLabel("Unit").focus();
    await rules().nth(2).hover();
    assert.deepEqual(await over(), [], `at ${width} px`);
    const days = rules().first().getByLabel("Unit");
    await days.hover({ position: { x: 10, y: 3 } });
    assert.ok(await days.evaluate((el) => { const r = el.getBoundingClientRect(); return document.elementFromPoint(r.x + 10, r.y + 3) === el; }), `its upper edge is its own at ${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await rules().nth(2).hover();
  assert.deepEqual(await shot(page, "segment-tools"), []);
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("Enter takes the suggestion that what is typed begins; Escape before it keeps what is typed", async () => {
  await fresh();
  await write({ match: "all", rules: [{ field: "attributes.city", is: "is" }] });
  const input = rules().first().getByRole("combobox", { name: /: value$/ });
  await input.click();
  const offered = rules().first().locator(".sb-offer [role=option]");
  await offered.first().waitFor();
  const city = await offered.first().locator("span").first().textContent(), part = city.slice(0, -1).toLowerCase();
  const type = async (text) => { await input.fill(text); await page.waitForResponse(/values\?/, { timeout: 1000 }).catch(() => undefined); };
  await type(part);
  const taken = rules().first().locator(".sb-offer [role=option][aria-selected=true]");
  assert.equal(await taken.locator("span").first().textContent(), city);
  assert.equal(await input.getAttribute("aria-activedescendant"), await taken.getAttribute("id"));
  await page.keyboard.press("Enter");
  assert.deepEqual((await ruleOf()).rules[0].values, [city]);
  await write({ match: "all", rules: [{ field: "attributes.city", is: "is" }] });
  await input.click();
  await type(part);
  await taken.waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  assert.deepEqual((await ruleOf()).rules[0].values, [part]);
  await input.click();
  await type(city);
  await page.keyboard.press("Enter");
  await type("nobody has it");
  await page.keyboard.press("Enter");
  assert.deepEqual((await ruleOf()).rules[0].values, [part, city, "nobody has it"]);
});

test("beside how many it means stands how many of them can be written to", async () => {
  await fresh();
  const rule = { match: "any", rules: [{ field: "lang", is: "filled" }] };
  const reached = { match: "all", rules: [rule, { field: "list", is: "confirmed" }, { field: "suppressed", is: "no" }] };
  const want = await page.evaluate(async (r) => (await (await fetch("/segments/count", { method: "POST", body: r, headers: { Accept: "application/json" } })).json()).people, JSON.stringify(reached));
  await write(rule);
  await counted();
  assert.equal((await page.locator(".sb-writable").innerText()).replace(",", ""), `${want} of them can be written to`);
  const all = Number((await page.locator("#sb-found .big").textContent()).replace(/\D/g, ""));
  assert.ok(want > 0 && want < all, `${want} of ${all}`);
});

test("a group that is new is no fault until somebody tries to save it", async () => {
  await fresh();
  await page.locator("#sb-name").fill("Empty");
  await page.getByText("This group is empty: add a rule to it.").waitFor();
  assert.equal(await page.locator(".sb-fault").count(), 0);
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".sb-fault", { hasText: "This group is empty" }).waitFor();
});

test("a comma before three digits is refused as it was typed, and is no point", async () => {
  await fresh();
  await write({ match: "all", rules: [{ field: "orders.sum", is: "at_least", values: ["5"], where: [{ field: "currency", is: "is", values: ["EUR"] }] }] });
  const amount = rules().first().locator(".sb-amount");
  for (const [typed, value] of [["1,000", "1,000"], ["12,5", "12.5"], ["1,25", "1.25"], ["7", "7"]]) {
    await amount.fill("");
    await amount.pressSequentially(typed);
    assert.equal(await amount.inputValue(), typed);
    assert.deepEqual((await ruleOf()).rules[0].values, [value]);
  }
  await amount.fill("1,000");
  await page.getByText("“1,000” is no number").first().waitFor();
});

test("unsaved changes wait in the browser; what is saved opens as it was", async () => {
  await fresh();
  await write(issue(category));
  await page.getByLabel("Name", { exact: true }).fill("Tea lovers <who> fell silent");
  await page.goto(`${app.base}/lists`);
  await page.goto(`${app.base}/segments/new`);
  await page.getByText("not saved yet, are here again").waitFor();
  assert.deepEqual(await ruleOf(), issue(category));
  await Promise.all([page.waitForURL(/\/segments\/\d+$/), page.keyboard.press("Control+s")]);
  await page.locator(".sb-rule").first().waitFor();
  await counted();
  assert.deepEqual(await ruleOf(), issue(category));
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Tea lovers <who> fell silent");
  assert.equal(await page.getByText("not saved yet, are here again").count(), 0);
  const people = await page.locator("#sb-found .big").textContent();
  assert.deepEqual([...await shot(page, "segment"), ...await axe(page, ["minor", "moderate", "serious", "critical"])], []);
  await page.getByRole("link", { name: "Show them" }).click();
  await page.getByText(`${people} people`).waitFor();
  assert.deepEqual([...await shot(page, "segment-members"), ...await axe(page)], []);
  await page.getByRole("link", { name: /^Why\?/ }).first().click();
  await page.getByRole("heading", { name: /Tea lovers <who> fell silent/ }).waitFor();
});

test("the builder fits a phone, in light and in dark, with its chooser and its suggestions", async () => {
  await fresh();
  await write({ match: "all", rules: [...issue(category).rules, { match: "none", rules: [{ field: "attributes.city", is: "contains", values: ["x".repeat(300)] }, { match: "any", rules: [{ field: "created_at", is: "in", within: { from: "2026-01-01", to: "2026-02-01" } }] }] }] });
  await rules().first().waitFor();
  assert.deepEqual([...await shot(page, "builder"), ...await axe(page, ["minor", "moderate", "serious", "critical"])], []);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("combobox", { name: "Category: value" }).click();
  await page.locator(".sb-offer [role=option]").first().waitFor();
  const offer = await page.locator(".sb-offer:not([hidden])").boundingBox();
  assert.ok(offer.x >= 0 && offer.x + offer.width <= 360, `the suggestions are from ${offer.x}, ${offer.width} px wide`);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add a rule" }).last().click();
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(await axe(page), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1280, height: 900 });
});

// everyTest is a rule for each field, type and test there is, with all it can take.
function everyTest(props) {
  const value = (field, sort, i) => (field.named ? "1" : field.values?.[0]?.value ?? { number: `${i + 1}.5`, money: `${i + 1}`, date: "2026-11-22" }[sort] ?? `v${i}`);
  const tests = (field, over) => {
    const types = field.name.startsWith("attributes.") ? props.types : field.types ?? [{ type: undefined, sort: field.sort, tests: field.tests }];
    return types.flatMap(({ type, sort, tests }) => tests.flatMap((asked) => {
      const one = { field: field.name, ...(type ? { type } : {}), is: asked.is };
      const many = Math.min(asked.values ?? 0, 2);
      if (many) one.values = Array.from({ length: many }, (_, i) => value(field, sort, i));
      const spans = asked.span ? [{ last: 3, unit: "weeks" }, { from: "2026-01-01", to: "2026-02-01" }, { to: "2026-02-01" }, { from: "2026-01-01" }, ...(asked.ahead ? [{ next: 1, unit: "months" }] : [])] : [];
      const all = spans.length ? spans.map((within) => ({ ...one, within })) : [one];
      if (asked.span === "may") all.push(one);
      if (asked.times) all.push(...["at_least", "at_most", "exactly"].map((is) => ({ field: one.field, is: one.is, times: { is, n: 0 } })));
      const currency = { field: "currency", is: "is", values: ["EUR"] };
      const priced = field.sort === "money" && field.where;
      const wheres = over ? [] : (field.where ?? []).flatMap((w) => tests_(w));
      return [...(priced ? all.map((r) => ({ ...r, where: [currency] })) : all),
        ...wheres.map((w) => ({ ...all[0], where: [w, ...(w.field === "total" || (priced && !(w.field === "currency" && w.is === "is" && w.values.length === 1)) ? [currency] : [])] }))];
    }));
  };
  const tests_ = (w) => tests(w, true);
  return [...props.fields, { name: "attributes.anything", sort: "text" }, ...(props.attributes ?? [])].flatMap((f) => tests(f));
}

test("every field and every test there is can be drawn, and comes back as the same JSON", async () => {
  await fresh();
  const props = JSON.parse(await page.locator("#segment-builder").getAttribute("data-props"));
  const all = everyTest(props);
  assert.ok(all.length > 400, `${all.length} rules`);
  const built = await build({ stdin: { contents: `export { open } from "./props"; export { read, write } from "./rule";`, resolveDir: "web/segments" }, bundle: true, write: false, format: "esm", logLevel: "silent" });
  const island = await import(`data:text/javascript,${encodeURIComponent(built.outputFiles[0].text)}`);
  island.open(props);
  for (const rule of all) {
    const node = island.read(rule);
    assert.equal(node.kind, "test", `${JSON.stringify(rule)}: ${node.why}`);
    assert.equal(node.where.find((w) => w.kind === "raw")?.why, undefined, JSON.stringify(rule));
    assert.deepEqual(island.write(node), rule);
  }
  for (let i = 0; i < all.length; i += 60) {
    const some = { match: "all", rules: [...all.slice(i, i + 60), { field: "nose", is: "is" }] }; // with a fault nobody is counted
    const told = await page.evaluate(async (rule) => (await fetch("/segments/count", { method: "POST", body: rule, headers: { Accept: "application/json" } })).json(), JSON.stringify(some));
    assert.deepEqual(told.problems.map((p) => p.part), ["field"], JSON.stringify(told.problems.map((p) => some.rules[Number(p.path.split(".")[1])])));
  }
  const asked = (r) => (r.where ? ["where", r.where[0].field, r.where[0].type, r.where[0].is] : [r.field.replace(/^attributes.*/, ""), r.type, r.is]).join(" ");
  const drawn = [...new Map(all.map((r) => [asked(r), r])).values()]; // each once, whatever it stands in
  for (let i = 0; i < drawn.length; i += 150) {
    const some = drawn.slice(i, i + 150);
    await write({ match: "any", rules: some });
    await rules().nth(some.length - 1).waitFor();
    assert.equal(await page.locator(".sb-raw").count(), 0);
    assert.deepEqual((await ruleOf()).rules, some);
  }
});

test("without JavaScript the rule is a form", async () => {
  const plain = await chrome.browser.newContext({ javaScriptEnabled: false });
  await plain.addCookies(await chrome.context.cookies());
  const form = await plain.newPage();
  await form.goto(`${app.base}/segments/new`);
  await form.getByLabel("Name").fill("By hand");
  await form.getByLabel("The rule, as JSON").fill(JSON.stringify(issue(category)));
  await form.getByRole("button", { name: "Count" }).click();
  await form.locator("#found .big").waitFor();
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByRole("heading", { name: "By hand" }).waitFor();
  await plain.close();
});

test("no policy was broken and nothing failed", () => {
  assert.deepEqual(chrome.cspViolations(), []);
  assert.deepEqual(chrome.errors.filter((e) => !/^422 .*\/segments$/.test(e)), []); // an empty group was refused, as it must
});
