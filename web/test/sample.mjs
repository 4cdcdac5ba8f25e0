// Makes the demo's sample shop in a folder, once for all browser tests: node web/test/sample.mjs FOLDER, or none for nothing.
import { cpSync } from "node:fs";
import { start } from "./browser.mjs";

const app = await start("demo");
await app.rest();
cpSync(app.data, process.argv[2], { recursive: true });
await app.stop();
