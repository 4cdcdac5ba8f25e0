// seeded replaces chance (the ids of carousels and menus) by the letter itself: the same letter is the same bytes.
export function seeded(source) {
  let state = 2166136261;
  for (let i = 0; i < source.length; i++) state = Math.imul(state ^ source.charCodeAt(i), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
