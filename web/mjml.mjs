// Makes internal/mjml/mjml.js, the reference MJML compiler for Go: part of `npm run build`.
// What needs node (files, minifiers, beautifiers) stays out: none of it is ever asked for.
import { build } from "esbuild";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

// absent parts of mjml and what stands in for them. A call of one is an error, never silence.
const nothing = `module.exports = new Proxy(function () {}, { get: (_, name) => name === "__esModule" ? false : () => { throw new Error("not part of this build: " + String(name)); } });`;
const absent = {
  fs: nothing, path: `module.exports = { resolve: (...p) => p[p.length - 1], dirname: () => ".", join: (...p) => p.join("/") };`,
  "detect-node": "module.exports = false;", htmlnano: nothing, "cssnano-preset-lite": nothing, "js-beautify": "module.exports = { html: null };",
  "web-resource-inliner": nothing,
};

// mjml bundles the compiler into `file`, packed, and returns its sources' paths. Packed again
// only when it changed: not every gzip writes the same octets.
export async function mjml(root, file) {
  const result = await build({
    entryPoints: [join(root, "web/mjml/compile.js")], outfile: "mjml.js", write: false, absWorkingDir: root, nodePaths: [join(root, "node_modules")],
    bundle: true, minify: true, sourcemap: false, format: "iife", target: "es2020", charset: "utf8", platform: "neutral",
    mainFields: ["module", "main"], conditions: ["browser"], legalComments: "none", metafile: true, logLevel: "warning",
    plugins: [{ name: "absent", setup }],
  });
  const text = Buffer.from(result.outputFiles[0].contents);
  if (!existsSync(file) || !gunzipSync(readFileSync(file)).equals(text)) writeFileSync(file, gzipSync(text, { level: 9 }));
  return Object.keys(result.metafile.inputs);
}

function setup(build) {
  const names = Object.keys(absent).map((n) => n.replace(/[-/]/g, "\\$&")).join("|");
  build.onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path }) => ({ path, namespace: "absent" }));
  build.onResolve({ filter: /^juice$/ }, ({ resolveDir, ...rest }) => build.resolve("juice/client", { resolveDir, kind: rest.kind }));
  build.onResolve({ filter: /mjmlconfig$/ }, () => ({ path: "mjmlconfig", namespace: "absent" }));
  build.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({ contents: absent[path] ?? "module.exports = {};" }));
}
