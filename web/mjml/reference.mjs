// For a test: compiles a JSON array of MJML from standard input with npm's mjml in node, and writes the HTML as JSON.
import mjml2html from "mjml";
import { readFileSync } from "node:fs";
import { seeded } from "./seeded.js";

const out = [];
for (const source of JSON.parse(readFileSync(0, "utf8"))) {
  Math.random = seeded(source);
  out.push(await mjml2html(source, { validationLevel: "soft", ignoreIncludes: true }).then(({ html }) => html, (e) => `failed: ${e.message}`));
}
process.stdout.write(JSON.stringify(out));
