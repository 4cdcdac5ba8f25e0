// What the compiler's packages expect to find in a browser or in node, and a bare JavaScript machine lacks.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

globalThis.global = globalThis;
globalThis.process = { cwd: () => "/", env: {} };
globalThis.console = { log() {}, warn() {}, error() {} };

// atob reads base64; the tables of HTML entities are packed so.
globalThis.atob = (text) => {
  let out = "", bits = 0, held = 0;
  for (const c of text) {
    const value = letters.indexOf(c);
    if (value < 0) continue; // padding
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += String.fromCharCode((bits >> held) & 255);
    }
  }
  return out;
};
