// The reference MJML compiler, made fit for a machine without files, network or time: internal/mjml runs it.
import "./ground.js";
import * as core from "mjml-core";
import * as validator from "mjml-validator";
import * as presets from "mjml-preset-core";
import { seeded } from "./seeded.js";

// own is the default of a package that was written for node: its place depends on who bundles it.
const own = (module) => { while (module.default) module = module.default; return module; };
const mjml2html = own(core);
const { components, dependencies } = own(presets);

core.assignComponents(core.components, components);
validator.assignDependencies(validator.dependencies, dependencies);

let answer;

// compileMJML keeps its answer, as JSON, for takeMJML: {html, errors: [{line, message, tagName}]} or {failed}.
globalThis.compileMJML = (source) => {
  answer = undefined;
  Math.random = seeded(source);
  mjml2html(source, { validationLevel: "soft", keepComments: true, ignoreIncludes: true }).then(
    ({ html, errors }) => { answer = { html, errors: errors.map(({ line, message, tagName }) => ({ line, message, tagName })) }; },
    (e) => { answer = { failed: String((e && e.message) || e) }; },
  );
};

globalThis.takeMJML = () => {
  const text = answer && JSON.stringify(answer);
  answer = undefined;
  return text;
};
