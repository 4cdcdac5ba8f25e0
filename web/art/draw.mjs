// Draws web/art/*.svg as the pictures of the starter letters: templates/art/art-<name>.png,
// 8-bit palettes, twice the size they are shown at. Run by "make art" after a drawing has
// changed; the pictures are committed, so neither the build nor CI needs a browser.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { png } from "./png.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../templates/art");
const most = 60 * 1024; // bytes of one picture

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const only = process.argv.slice(2);
const names = readdirSync(here).filter(f => f.endsWith(".svg")).map(f => f.slice(0, -4));
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath });
const page = await browser.newPage();
let total = 0;
for (const name of names.sort()) {
  if (only.length && !only.includes(name)) continue;
  const svg = readFileSync(join(here, `${name}.svg`), "utf8");
  const { width, height, rgba } = await page.evaluate(paint, svg);
  const file = png(width, height, Buffer.from(rgba, "base64"));
  if (file.length > most) throw new Error(`${name}: ${file.length} bytes, ${most} at most`);
  writeFileSync(join(out, `art-${name}.png`), file);
  total += file.length;
  console.log(`art-${name}.png ${width}x${height} ${file.length}`);
}
await browser.close();
console.log(`${total} bytes`);

// paint runs in the browser: the drawing's pixels, as base64.
async function paint(svg) {
  const img = new Image();
  img.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  await img.decode();
  const canvas = new OffscreenCanvas(img.width, img.height);
  const at = canvas.getContext("2d");
  at.drawImage(img, 0, 0);
  const { data } = at.getImageData(0, 0, img.width, img.height);
  let s = "";
  for (let i = 0; i < data.length; i += 32768) s += String.fromCharCode(...data.subarray(i, i + 32768));
  return { width: img.width, height: img.height, rgba: btoa(s) };
}
