// Makes internal/preflight/clients.json from npm's caniemail: what mail programs understand of
// HTML and CSS, each feature as one letter per program (y yes, a partly, n no, u unknown). `npm run clients`.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const { data, last_update_date: date } = read("node_modules/caniemail/data/caniemail.json");

// The programs looked at, with the words people know them by and their share of opens in percent:
// a maker's share as Litmus counted it in December 2021 (litmus.com/blog/email-client-market-share-december-2021),
// divided evenly among its programs. Those it does not list have 0.1. Shares only put findings in order.
const programs = [
  ["apple-mail", "ios", "Apple Mail (iPhone)", 28.7], ["apple-mail", "macos", "Apple Mail (Mac)", 28.7],
  ["gmail", "desktop-webmail", "Gmail (web)", 7.6], ["gmail", "android", "Gmail (Android)", 7.6], ["gmail", "ios", "Gmail (iPhone)", 7.6], ["gmail", "mobile-webmail", "Gmail (phone, in the browser)", 7.6],
  ["outlook", "windows", "Outlook (Windows)", 0.82], ["outlook", "outlook-com", "Outlook.com", 0.82], ["outlook", "macos", "Outlook (Mac)", 0.82], ["outlook", "ios", "Outlook (iPhone)", 0.82], ["outlook", "android", "Outlook (Android)", 0.82],
  ["yahoo", "desktop-webmail", "Yahoo (web)", 0.83], ["yahoo", "android", "Yahoo (Android)", 0.83], ["yahoo", "ios", "Yahoo (iPhone)", 0.83],
  ["samsung-email", "android", "Samsung Email", 0.4],
  ["gmx", "desktop-webmail", "GMX (web)", 0.1], ["web-de", "desktop-webmail", "WEB.DE (web)", 0.1], ["mail-ru", "desktop-webmail", "Mail.ru (web)", 0.1],
  ["thunderbird", "macos", "Thunderbird", 0.1], ["protonmail", "desktop-webmail", "Proton Mail (web)", 0.1],
];

// newest is the answer for the newest version that was tried.
const newest = (stats) => (Object.values(stats ?? {}).at(-1) ?? "u").charAt(0);

const features = {};
for (const f of [...data].sort((a, b) => (a.slug < b.slug ? -1 : 1))) {
  if (f.category === "others") continue;
  const row = programs.map(([family, platform]) => newest(f.stats[family]?.[platform])).join("");
  if (/[an]/.test(row)) features[f.slug] = row; // what everybody understands is not worth a line
}

const out = JSON.stringify({ date: date.slice(0, 10), programs: programs.map(([, , name, share]) => ({ name, share })), features }, null, 0)
  .replaceAll('","', '",\n"').replaceAll("},{", "},\n{") + "\n";
writeFileSync(join(root, "internal/preflight/clients.json"), out);
console.log(`clients.json: ${Object.keys(features).length} features of ${date.slice(0, 10)}, ${(gzipSync(out, { level: 9 }).length / 1000).toFixed(1)} KB gzipped`);
