// A PNG of at most 256 colours: flat drawings need no more, and are a fifth of the size.
import { crc32, deflateSync } from "node:zlib";

const colors = 128;
const flat = 48; // of them the commonest tones, exactly as drawn

// png encodes RGBA pixels with a palette of their own.
export function png(width, height, rgba) {
  const px = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const counts = new Map();
  for (const p of px) counts.set(p, (counts.get(p) ?? 0) + 1);
  const palette = choose([...counts]);
  const nearest = new Map();
  for (const p of counts.keys()) nearest.set(p, closest(palette, bytes(p)));
  const rows = Buffer.alloc((width + 1) * height); // each begins with filter 0
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = nearest.get(px[i++]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const parts = [chunk("IHDR", head), chunk("PLTE", Buffer.from(palette.flatMap(c => c.slice(0, 3))))];
  if (palette.some(c => c[3] < 255)) parts.push(chunk("tRNS", Buffer.from(palette.map(c => c[3]))));
  parts.push(chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0)));
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]);
}

const bytes = p => [p & 255, (p >>> 8) & 255, (p >>> 16) & 255, p >>> 24];

// choose keeps the flat tones and takes the rest, their soft edges, by the median cut: the
// box that differs most is halved until there are enough.
function choose(counted) {
  const tones = counted.map(([p, n]) => ({ c: bytes(p), n })).sort((a, b) => b.n - a.n);
  const exact = tones.slice(0, flat), edges = tones.slice(flat);
  let boxes = edges.length ? [edges] : [];
  while (boxes.length < colors - exact.length) {
    let worst = null;
    for (const box of boxes) {
      if (box.length < 2) continue;
      for (let k = 0; k < 4; k++) {
        const v = box.map(e => e.c[k]), spread = (Math.max(...v) - Math.min(...v)) * Math.sqrt(box.length);
        if (!worst || spread > worst.spread) worst = { box, k, spread };
      }
    }
    if (!worst || worst.spread === 0) break;
    const sorted = worst.box.toSorted((a, b) => a.c[worst.k] - b.c[worst.k]);
    const middle = sorted.length >> 1;
    boxes = boxes.filter(b => b !== worst.box).concat([sorted.slice(0, middle), sorted.slice(middle)]);
  }
  return [...exact, ...boxes.map(box => box.reduce((a, b) => (b.n > a.n ? b : a)))].map(e => e.c);
}

function closest(palette, c) {
  let best = 0, least = Infinity;
  palette.forEach((p, i) => {
    const d = (p[0] - c[0]) ** 2 + (p[1] - c[1]) ** 2 + (p[2] - c[2]) ** 2 + 2 * (p[3] - c[3]) ** 2;
    if (d < least) [best, least] = [i, d];
  });
  return best;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const len = Buffer.alloc(4), sum = Buffer.alloc(4);
  len.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body) >>> 0);
  return Buffer.concat([len, body, sum]);
}
