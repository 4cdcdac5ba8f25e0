// Looks at letters: each NNN.html of a folder at 640 and 375 px, light and dark, kept as NNN-640-dark.png and so on.
// Prints {"axe": faults, "wide": what is wider than the screen, "pictures": how many}.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(join(root, "package.json"));
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const folder = process.argv[2];
const browser = await chromium.launch({ executablePath: process.env.KEEPSAKE_CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu"], headless: true });
const page = await browser.newPage();
// Pictures are the program's own; a letter's other addresses lead nowhere here.
await page.route(/^https?:/, (route) => {
  const name = new URL(route.request().url()).pathname.match(/^\/media\/(art-[\w-]+\.png)$/)?.[1];
  return name ? route.fulfill({ path: join(root, "templates/art", name), contentType: "image/png" }) : route.abort();
});
const answer = { axe: [], wide: [], pictures: 0 };
for (const name of readdirSync(folder).filter((f) => f.endsWith(".html")).sort()) {
  const html = readFileSync(join(folder, name), "utf8");
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [640, 375]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setContent(html, { waitUntil: "load" });
      await page.screenshot({ path: join(folder, `${name.slice(0, -5)}-${width}-${colorScheme}.png`), fullPage: true, animations: "disabled" });
      answer.pictures++;
      const seen = await page.evaluate(() => document.documentElement.scrollWidth);
      if (seen > width) answer.wide.push(`${name} is ${seen} px wide on a screen of ${width}`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
      for (const v of violations) answer.axe.push(...v.nodes.map((n) => `${name} ${colorScheme} ${width} ${v.impact} ${v.id}: ${n.target.join(" ")} ${n.failureSummary?.split("\n")[1]?.trim() ?? ""}`));
    }
  }
}
await browser.close();
console.log(JSON.stringify(answer));
