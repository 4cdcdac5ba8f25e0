// How far our drawing of the basic blocks is from the reference's: the same document as MJML, compiled by npm's mjml, and
// the pictures of both at 640 and 375 px compared pixel by pixel. Arguments: the document, our letter, a folder for the
// pictures. Prints {"640": percent, "375": percent}; a pixel differs when a channel differs by more than 2 of 255.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
const require = createRequire(join(dirname(fileURLToPath(import.meta.url)), "../package.json"));
const { chromium } = require("playwright-core");
const mjml2html = require("mjml").default ?? require("mjml");

const [documentFile, letterFile, folder] = process.argv.slice(2);
const doc = JSON.parse(readFileSync(documentFile, "utf8"));
const ours = readFileSync(letterFile, "utf8");

// What our letters look like, told again in MJML's words (internal/render: theme.go, blocks.go, page.go).
const font = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const serif = "Georgia,'Times New Roman',serif";
const ink = { bg: "#f4f1ea", card: "#ffffff", text: "#1f2328", accent: "#0f6b5c", line: "#e3ded3" };
const width = 600, side = 40, headings = { 1: 34, 2: 26, 3: 19 };
const layouts = { "50-50": [50, 50], "33x3": [33, 34, 33], "33-67": [33, 67], "67-33": [67, 33] };

const escape = (s) => s.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const inline = (nodes = []) => nodes.map((n) => (n.marks ?? []).reduce((said, m) => ({ strong: `<strong>${said}</strong>`, em: `<em>${said}</em>` })[m.type] ?? said, escape(n.text ?? ""))).join("");
const paragraphs = (rich) => rich.content.map((p, i, all) => `<p style="margin:0 0 ${i < all.length - 1 ? 16 : 0}px">${inline(p.content)}</p>`).join("");

// part is one block in a column; the room beside it is the column's.
function part(b, room, edge) {
  const align = b.style?.align ?? "left", pad = (n) => `padding="${n}px ${edge}px" css-class="${edge ? "edge" : ""}"`;
  switch (b.type) {
    case "heading": {
      const size = headings[b.level], css = `${edge ? "edge " : ""}h${b.level}`;
      return `<mj-text padding="10px ${edge}px" css-class="${css}" align="${align}" font-family="${serif}" font-size="${size}px" line-height="1.25" color="${ink.text}" font-weight="${b.level === 3 ? "bold" : "normal"}">${inline(b.rich.content[0].content)}</mj-text>`;
    }
    case "text": return `<mj-text ${pad(10)} align="${align}" font-family="${font}" font-size="16px" line-height="1.6" color="${ink.text}">${paragraphs(b.rich)}</mj-text>`;
    case "image": return `<mj-image ${pad(12)} align="${align}" src="https://letters.test/media/${b.asset}" alt="${escape(b.alt)}" width="${room}px" />`;
    case "divider": return `<mj-divider ${pad(18)} border-width="${b.thickness}px" border-color="${ink.line}" border-style="solid" />`;
    case "spacer": return `<mj-spacer height="${b.height}px" />`;
    case "button": {
      const line = b.variant === "outline";
      return `<mj-button ${pad(14)} align="${align}" href="${b.href}" border="2px solid ${ink.accent}" border-radius="0" inner-padding="12px 28px" ${b.full ? `width="100%"` : ""}
        background-color="${line ? "transparent" : ink.accent}" color="${line ? ink.accent : "#ffffff"}" font-family="${font}" font-size="16px" font-weight="bold" line-height="20px">${escape(b.label)}</mj-button>`;
    }
  }
  throw new Error(`no MJML for a block of type ${b.type}`);
}

// section is one block of the letter: columns are MJML's columns, everything else one column.
function section(b) {
  if (b.type !== "columns") return `<mj-section padding="0"><mj-column>${part(b, width - 2 * side, side)}</mj-column></mj-section>`;
  const shares = layouts[b.layout], all = width - 2 * side - b.gap * (shares.length - 1);
  const cols = b.cols.map((col, i) => {
    const room = Math.floor(all * shares[i] / 100), gap = i < shares.length - 1 ? b.gap : 0;
    return `<mj-column width="${room + gap}px" padding="0 ${gap}px 0 0" css-class="${gap ? "gap" : ""}">${col.map((x) => part(x, room, 0)).join("")}</mj-column>`;
  });
  // What integer division leaves over stands at the end, as it does in our letters.
  return `<mj-section padding="12px ${side}px" css-class="cols" text-align="left">${cols.join("")}</mj-section>`;
}

const source = `<mjml><mj-head><mj-breakpoint width="480px" />
<mj-style>body>div{padding:28px 12px}
@media only screen and (max-width:480px){body>div{padding:12px 8px!important}
td.edge,.edge>td,td.edge{padding-left:24px!important;padding-right:24px!important}
.cols>table>tbody>tr>td,.cols td.cols{padding-left:24px!important;padding-right:24px!important}
.gap>table>tbody>tr>td{padding-right:0!important;padding-bottom:20px!important}
.h1 div{font-size:28px!important}.h2 div{font-size:23px!important}}</mj-style></mj-head>
<mj-body width="${width}px" background-color="${ink.bg}"><mj-wrapper padding="0" background-color="${ink.card}" border-radius="4px">
<mj-section padding="0"><mj-column><mj-spacer height="26px" /></mj-column></mj-section>
${doc.blocks.filter((b) => b.type !== "footer").map(section).join("\n")}
<mj-section padding="0"><mj-column><mj-spacer height="30px" /></mj-column></mj-section>
</mj-wrapper></mj-body></mjml>`;
const compiled = await mjml2html(source, { validationLevel: "strict" });
if (compiled.errors?.length) throw new Error(JSON.stringify(compiled.errors));
writeFileSync(join(folder, "reference.html"), compiled.html);

const browser = await chromium.launch({ executablePath: process.env.KEEPSAKE_CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu"], headless: true });
const page = await browser.newPage({ colorScheme: "light" });
await page.route("**/media/*", (route) => route.fulfill({ contentType: "image/svg+xml", body: `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="600"><rect width="1200" height="600" fill="#dfe8e4"/><circle cx="600" cy="300" r="200" fill="#0f6b5c"/></svg>` }));

// picture is the card alone: the masthead and the footer are ours only.
async function picture(html, name, card, size) {
  await page.setViewportSize({ width: size, height: 900 });
  await page.setContent(html, { waitUntil: "load" });
  return page.locator(card).first().screenshot({ path: join(folder, `${name}-${size}.png`), animations: "disabled" });
}

async function differing(a, b) {
  await page.setContent("<canvas></canvas>");
  return page.evaluate(async ([a, b]) => {
    const read = async (data) => {
      const img = new Image();
      img.src = "data:image/png;base64," + data;
      await img.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: img.width, height: img.height });
      const to = canvas.getContext("2d");
      to.drawImage(img, 0, 0);
      return { w: img.width, h: img.height, px: to.getImageData(0, 0, img.width, img.height).data };
    };
    const [x, y] = [await read(a), await read(b)];
    let other = 0;
    const w = Math.max(x.w, y.w), h = Math.max(x.h, y.h);
    for (let row = 0; row < h; row++) for (let col = 0; col < w; col++) {
      const i = 4 * (row * x.w + col), j = 4 * (row * y.w + col);
      const both = row < x.h && row < y.h && col < x.w && col < y.w;
      if (!both || [0, 1, 2].some((c) => Math.abs(x.px[i + c] - y.px[j + c]) > 2)) other++;
    }
    return { percent: 100 * other / (w * h), sizes: [x.w, x.h, y.w, y.h] };
  }, [a.toString("base64"), b.toString("base64")]);
}

const answer = {};
for (const size of [640, 375]) {
  const a = await picture(ours, "ours", "table.k-card", size);
  const b = await picture(compiled.html, "reference", "body > div > div", size);
  const d = await differing(a, b);
  answer[size] = d.percent;
  console.error(`  ${size} px: ${d.percent.toFixed(3)} % of the pixels differ (${d.sizes.join(" ")})`);
}
await browser.close();
console.log(JSON.stringify(answer));
