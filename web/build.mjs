// Makes web/static from web/*.ts, web/composer and the packages of package.json: `npm run build`.
// The output is committed, so it must be the same on every machine: no dates, paths or source maps.
// `node web/build.mjs FOLDER` puts it elsewhere, for scripts/front to compare.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { mjml } from "./mjml.mjs";

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const out = resolve(process.argv[2] ?? join(web, "static"));
const modules = join(root, "node_modules");

const stroke = `fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"`;

// The bundles: name in static/ -> where it begins (the first that exists) and its budget, gzipped.
const entries = {
  composer: { from: ["composer/main.tsx", "composer/main.ts"], kilobytes: 120 },
  editor: { from: ["editor.ts"], kilobytes: 185 }, // fetched by the composer when a letter is written in code
  admin: { from: ["admin.ts"], kilobytes: 30 },
  segments: { from: ["segments/main.tsx"], kilobytes: 60 },
  library: { from: ["library.ts"], kilobytes: 3 },
  campaigns: { from: ["campaigns.ts"], kilobytes: 3 },
};

mkdirSync(out, { recursive: true });
const used = new Set(["lucide-static"]);
const found = Object.entries(entries).flatMap(([name, { from, kilobytes }]) => {
  const path = from.map((f) => join(web, f)).find(existsSync);
  if (!path) console.log(`skipped ${name}.js: there is no web/${from.join(" or web/")}`);
  return path ? [{ name, path, kilobytes }] : [];
});

if (found.length > 0) {
  execFileSync(join(modules, ".bin", "tsc"), ["--noEmit", "-p", join(web, "tsconfig.json")], { stdio: "inherit" });
}
for (const { name, path, kilobytes } of found) {
  const result = await build({
    entryPoints: [path], outfile: join(out, `${name}.js`), absWorkingDir: root,
    bundle: true, minify: true, sourcemap: false, format: "esm", target: "es2022", charset: "utf8",
    jsx: "automatic", jsxImportSource: "preact", alias: { "@codemirror/lang-javascript": join(web, "editor/noscript.ts") },
    legalComments: "none", metafile: true, logLevel: "warning",
  });
  use(Object.keys(result.metafile.inputs));
  weigh(`${name}.js`, kilobytes);
}
use(await mjml(root, process.argv[2] ? join(out, "mjml.js.gz") : join(root, "internal/mjml/mjml.js.gz")));
write("icons.svg", sprite(lines(join(web, "icons.txt"))));
weigh("icons.svg", 30);
write("licenses.txt", licences([...used].sort()));

// use remembers whose packages went into a bundle, for their notices.
function use(inputs) {
  for (const input of inputs) {
    const name = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
    if (name) used.add(name);
  }
}

// sprite puts the named Lucide icons into one file, each to be shown by <use href="…/icons.svg#name">.
function sprite(names) {
  const symbols = [...new Set(names)].sort().map((name) => {
    const path = join(modules, "lucide-static/icons", `${name}.svg`);
    if (!existsSync(path)) throw new Error(`web/icons.txt: lucide ${version("lucide-static")} has no icon "${name}"`);
    const shapes = readFileSync(path, "utf8").replace(/<!--.*?-->/gs, "").replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" ${stroke}>${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

// licences are the notices of whatever of others' went into the files beside it.
function licences(names) {
  return names.map((name) => {
    const file = ["LICENSE", "LICENSE.md", "LICENCE"].map((f) => join(modules, name, f)).find(existsSync);
    const text = file ? readFileSync(file, "utf8").trim() : meta(name).license;
    return `== ${name} ${version(name)} ==\n\n${text}\n`;
  }).join("\n");
}

function meta(name) { return JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")); }
function version(name) { return meta(name).version; }
function lines(path) {
  return readFileSync(path, "utf8").split("\n").map((l) => l.replace(/#.*/, "").trim()).filter(Boolean);
}
function write(name, text) { writeFileSync(join(out, name), text); }

// weigh fails the build when a file outgrows its budget.
function weigh(name, kilobytes) {
  const path = join(out, name);
  const size = gzipSync(readFileSync(path), { level: 9 }).length / 1000;
  console.log(`${name}: ${size.toFixed(1)} of ${kilobytes} KB gzipped`);
  if (size > kilobytes) throw new Error(`${name} is over its budget`);
}
