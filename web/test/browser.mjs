// What the browser tests share: a Keepsake of one's own, Chromium, axe, the count of CSP violations, pictures.
import axeSource from "axe-core";
import { chromium } from "playwright-core";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const binary = resolve(process.env.KEEPSAKE_BINARY ?? "./keepsake");
const shots = process.env.KEEPSAKE_SHOTS; // where pictures go; none are kept without it
const summary = process.env.KEEPSAKE_WALK_SUMMARY; // gets a line of JSON with what was counted, at each close
const counted = { pages: 0, axe_serious: 0, csp_violations: 0 };
const executablePath = process.env.KEEPSAKE_CHROMIUM ?? "/usr/bin/chromium";
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const sizes = { wide: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };
const schemes = ["light", "dark"];

// start runs `keepsake demo` (or another command) on a free port and a new folder, and returns once it prints
// where it is: { base, signIn, data, log(), rest(), stop() }. signIn is the one-time link, "" where none is printed.
export async function start(command = "demo", ...more) {
  const data = mkdtempSync(join(tmpdir(), "keepsake-walk-"));
  // A demo's folder, made by sample.mjs: half a minute less for each demo. The links of its letters lead to where that was.
  const sample = process.env.KEEPSAKE_SAMPLE;
  if (sample && command === "demo") {
    cpSync(sample, data, { recursive: true });
    execFileSync(binary, ["confirm", "--data", data]); // a copy does not send until somebody says that it is the live one
  }
  const child = spawn(binary, [command, "--data", data, "--addr", "127.0.0.1:0", ...more],
    { stdio: ["ignore", "pipe", "pipe"], cwd: data, env: { ...process.env, CI: "" } });
  let said = "";
  const ready = new Promise((found, reject) => {
    const listen = (chunk) => {
      said += chunk;
      const where = addresses(said);
      if (where) found(where);
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`keepsake ${command} ended with ${code}:\n${said}`)));
  });
  const rest = async () => { // the program ends, its folder stays
    if (child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  const stop = async () => {
    await rest();
    rmSync(data, { recursive: true, force: true });
    return child.exitCode;
  };
  try {
    return { ...await within(90, ready, "keepsake to print its address"), data, log: () => said, rest, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// addresses finds the address and the one-time sign-in link among what the program printed.
function addresses(said) {
  const urls = said.split("\n").slice(0, -1).join("\n").match(/https?:\/\/127\.0\.0\.1:[1-9]\d*[^\s"<>]*/g) ?? [];
  const signIn = urls.find((u) => /[?/=][\w.~-]{16,}$/.test(u)); // a link that ends in a token
  return signIn ? { base: new URL(signIn).origin, signIn } : undefined;
}

// open launches Chromium, with more options for its pages if wanted. What the policy blocks on any page of newPage is
// in cspViolations(); errors has what scripts threw and which of a page's parts did not come.
export async function open(more = {}) {
  const browser = await chromium.launch({ executablePath, args, headless: true });
  const violations = [];
  const context = await browser.newContext({ viewport: sizes.wide, locale: "en-GB", timezoneId: "Europe/Sofia", ...more });
  await context.exposeBinding("keepsakeViolation", (_, v) => violations.push(v));
  await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (e) =>
    window.keepsakeViolation(`${location.pathname}: ${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile ?? ""}:${e.lineNumber} ${e.sample}`)));
  context.on("console", (m) => {
    if (/Content.Security.Policy|TrustedHTML|TrustedScript/i.test(m.text())) violations.push(`console: ${m.text()}`);
  });
  const errors = [];
  context.on("weberror", (e) => errors.push(String(e.error())));
  context.on("response", (r) => {
    if (r.status() >= 400 && r.request().resourceType() !== "document") errors.push(`${r.status()} ${r.url()}`);
  });
  tellSlow(context);
  return { browser, context, errors, cspViolations: () => [...new Set(violations)],
    newPage: () => context.newPage(), close: () => close(browser, new Set(violations).size) };
}

// tellSlow says which requests were not answered for so long that a test gave up waiting: the server's fault, or the browser's?
function tellSlow(context) {
  const slow = 15_000, asked = new Map();
  const tell = (r, how) => {
    const took = Date.now() - (asked.get(r) ?? Date.now());
    asked.delete(r);
    if (took > slow && !r.url().endsWith("/events")) console.error(`${r.method()} ${new URL(r.url()).pathname} ${how} after ${Math.round(took / 1000)} s`);
  };
  context.on("request", (r) => asked.set(r, Date.now()));
  context.on("requestfinished", (r) => tell(r, "was answered"));
  context.on("requestfailed", (r) => tell(r, `failed (${r.failure()?.errorText})`));
  context.on("close", () => [...asked.keys()].forEach((r) => tell(r, "was not answered")));
}

async function close(browser, violations) {
  counted.csp_violations = violations;
  if (summary) appendFileSync(summary, JSON.stringify(counted) + "\n");
  await browser.close();
}

// signIn follows the one-time link and presses the button behind it, if it asks for one: a GET changes nothing.
export async function signIn(page, app) {
  await page.goto(app.signIn);
  const button = page.locator("main form button[type=submit], main form button:not([type])").first();
  if (page.url() === app.signIn && await button.count()) {
    await Promise.all([page.waitForURL((u) => u.href !== app.signIn), button.click()]);
  }
}

// choose clicks the label of a radio button, as a person does, once it stands still.
export async function choose(page, name) {
  const radio = page.getByRole("radio", { name, exact: true });
  await page.locator("label").filter({ has: radio }).click();
  if (!await radio.isChecked()) throw new Error(`${name} was clicked and is not chosen`);
}

// axe returns the faults of the page, or of a part of it, in light and in dark, one line each; serious and critical
// ones by default.
export async function axe(page, impacts = ["serious", "critical"], part = "") {
  const faults = [];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await inject(page);
    const { violations } = await page.evaluate((part) => window.axe.run(part || document, { resultTypes: ["violations"] }), part);
    for (const v of violations.filter((v) => impacts.includes(v.impact))) {
      const { pathname } = new URL(page.url());
      faults.push(...v.nodes.map((n) => `${pathname} ${colorScheme} ${v.impact} ${v.id}: ${n.target.join(" ")} ${n.failureSummary?.split("\n")[1]?.trim() ?? ""}`));
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  counted.pages++;
  counted.axe_serious += faults.length;
  return faults;
}

// inject brings axe in past the page's policy: evaluate runs in the debugger, not in the page.
async function inject(page) {
  if (await page.evaluate(() => !window.axe)) await page.evaluate(axeSource.source);
}

// shot keeps the page as name-1280-light.png and the other three, and returns what is wider than the screen.
export async function shot(page, name) {
  const wide = [];
  for (const size of Object.values(sizes)) {
    await page.setViewportSize(size);
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      if (shots) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: join(shots, `${name}-${size.width}-${colorScheme}.png`), fullPage: true, animations: "disabled" });
      }
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > size.width) wide.push(`${name} is ${width} px wide on a screen of ${size.width}`);
  }
  await page.setViewportSize(sizes.wide);
  await page.emulateMedia({ colorScheme: "light" });
  return wide;
}

// keep writes a text beside the pictures, e.g. what a page said.
export function keep(name, text) {
  if (shots) writeFileSync(join(shots, name), text);
}

export async function within(seconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${seconds} s for ${what}`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
