// Two ways to fill in a field of the settings: with the mouse, and with the keyboard alone.

// byMouse fills in one row of forms.mjs in the settings on the right; words are typed, all else is pressed.
export async function byMouse(page, { how, field, given, item, part }) {
  const form = page.locator(".kc-panel.right");
  const within = item ? form.getByRole("group", { name: item, exact: true }) : form.locator(`[data-field="${field}"]`);
  const named = (role) => (part ? within.getByRole(role, { name: part, exact: true }) : within.getByRole(role).first());
  switch (how) {
    case "press": return form.getByRole("button", { name: field }).click();
    case "line": case "rich": return retyped(page, part ? within.locator(`[role=textbox][aria-label="${part}"]`) : within.locator("[role=textbox]"), given);
    case "url": case "plain": return named("textbox").fill(given);
    case "number": return set(within.locator("input[type=number]"), String(given));
    case "colour": return set(within.locator("input:not([type=color])"), given);
    case "moment": case "day": return within.locator("input").fill(given);
    case "select": return (part ? within.getByLabel(part) : within.locator("select")).selectOption(given);
    case "choose": return within.locator("label", { hasText: new RegExp(`^${given}$`) }).or(within.getByRole("radio", { name: given, exact: true }).and(page.locator("button"))).first().click();
    case "check": return within.getByLabel(given).check();
    case "switch": return within.getByRole("switch").setChecked(given, { force: true });
    case "picture": return picture(page, part ? within.getByRole("group", { name: part }) : within, given);
  }
}

async function set(input, value) {
  await input.fill(value);
  await input.blur();
}

async function retyped(page, line, text) {
  await line.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

// picture chooses the first of the drawings, and says what it shows where that is asked.
async function picture(page, within, alt) {
  await within.getByRole("button", { name: /Choose a picture|Replace/ }).click();
  const dialog = page.getByRole("dialog", { name: "Choose a picture" });
  await dialog.locator("label", { hasText: "Drawings" }).click();
  await dialog.getByRole("option").first().click();
  if (alt) await dialog.getByLabel("Alternative text").fill(alt);
  await dialog.getByRole("button", { name: "Put it in" }).click();
  await dialog.waitFor({ state: "detached" });
}

// byKeys fills in one row of forms.mjs with keys; the focus is in the settings, before the field or on it.
export async function byKeys(page, { how, field, given, item, part }) {
  const keys = page.keyboard;
  const to = (input, more = {}) => tabTo(page, { input, ...(item ? { item, named: part ?? item } : { field }), ...more });
  switch (how) {
    case "press": await tabTo(page, { input: "button", named: field }); return keys.press("Enter");
    case "line": case "rich": await to("[role=textbox]"); return keyed(keys, given);
    case "url": case "plain": await to("input:not([type=range]), textarea"); return keyed(keys, given);
    case "number": await to("input[type=number]"); await keyed(keys, String(given)); return keys.press("Tab");
    case "colour": await to("input:not([type=color])"); await keyed(keys, given); return keys.press("Tab");
    case "moment": case "day": await to("input"); return stamped(keys);
    case "select": await to("select"); return chosen(page, given);
    case "choose": await to("[role=radio], input[type=radio]", { item: undefined, named: undefined, field }); return stepped(page, given, (el, name) => el.getAttribute("aria-label") === name);
    case "check": await to("input[type=checkbox]", { named: given }); return keys.press("Space");
    case "switch": await to("[role=switch]"); return await page.evaluate(() => document.activeElement.checked) === given ? undefined : keys.press("Space");
    case "picture": await to("button", { named: /Choose a picture|Replace/ }); await keys.press("Enter"); return pictureByKeys(page, given);
  }
}

async function keyed(keys, text) {
  await keys.press("Control+a");
  await keys.type(text);
}

// stamped sets all parts of a time by arrows: their order is the browser's own.
async function stamped(keys) {
  for (let part = 0; part < 6; part++) {
    await keys.press("ArrowUp");
    await keys.press("ArrowRight");
  }
}

// chosen types the name of an option, as one does, or goes through them.
async function chosen(page, given) {
  await page.keyboard.type(given);
  if (await page.evaluate(() => document.activeElement.value) === given) return;
  await page.keyboard.press("Home");
  await stepped(page, given, (el, value) => el.value === value);
}

// stepped presses the arrow until what has the focus is what was wanted.
async function stepped(page, given, holds) {
  for (let i = 0; i < 40; i++) {
    if (await page.evaluate(`(${holds})(document.activeElement, ${JSON.stringify(given)})`)) return;
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`the arrows did not come to ${given}`);
}

async function pictureByKeys(page, alt) {
  await page.locator("dialog[open]").waitFor();
  await tabTo(page, { input: "input[type=radio]" });
  await page.keyboard.press("ArrowRight");
  await page.locator("dialog [role=option]").first().waitFor();
  await tabTo(page, { input: "[role=option]" });
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator(".kc-mediafoot :is(input, button):focus").waitFor();
  if (alt) await page.keyboard.type(alt);
  await page.keyboard.press("Enter");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
}

// tabTo presses Tab until an input like that has the focus: within a field of the form or an item of a list, with a name.
export async function tabTo(page, { input, field, item, named }, most = 150) {
  const wanted = { input, field, item, named: named instanceof RegExp ? named.source : named && `^${named.replace(/[()?]/g, "\\$&")}$` };
  const there = () => page.evaluate(({ input, field, item, named }) => {
    const el = document.activeElement;
    if (!el?.matches(input)) return false;
    if (field && el.closest("[data-field]")?.dataset.field !== field) return false;
    if (item && !el.closest(`[role=group][aria-label="${item}"]`)) return false;
    const group = el.closest("[role=group]")?.getAttribute("aria-label") ?? "";
    const called = [el.getAttribute("aria-label"), ...Array.from(el.labels ?? [], (l) => l.textContent), el.textContent, group];
    return !named || called.some((c) => c && new RegExp(named).test(c.trim()));
  }, wanted);
  for (let i = 0; i < most; i++) {
    if (await there()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab did not come to ${JSON.stringify(wanted)} but to ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200))}`);
}
