// The icon as PNG, for those who do not take SVG: drawn from the shapes of icon.svg itself, which are one
// rounded square and strokes with round ends.
import { deflateSync } from 'node:zlib';

const UNIT = 64;
// What of a maskable icon no mask cuts away.
const SAFE = 0.9;

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function shapes(svg) {
  const rect = /<rect width="64" height="64" rx="(\d+)" fill="(#\w{6})"/.exec(svg);
  const width = /stroke-width="(\d+)"/.exec(svg);
  const strokes = [...svg.matchAll(/<path d="M(\d+) (\d+) (\d+) (\d+)" stroke="(#\w{6})"/g)]
    .map(([, x1, y1, x2, y2, color]) => ({ from: [+x1, +y1], to: [+x2, +y2], color: rgb(color) }));
  if (!rect || !width || !strokes.length) throw new Error('icon.svg is not of the shapes that icons.mjs draws');
  return { radius: +rect[1], ground: rgb(rect[2]), half: +width[1] / 2, strokes };
}

// Distances to an edge, negative within.
function toSquare(x, y, radius) {
  const [dx, dy] = [x, y].map((v) => Math.abs(v - UNIT / 2) - (UNIT / 2 - radius));
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}
function toStroke(x, y, { from, to }, half) {
  const [vx, vy] = [to[0] - from[0], to[1] - from[1]];
  const along = Math.min(1, Math.max(0, ((x - from[0]) * vx + (y - from[1]) * vy) / (vx * vx + vy * vy)));
  return Math.hypot(x - from[0] - along * vx, y - from[1] - along * vy) - half;
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE((body.reduce((c, byte) => CRC[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0);
  return Buffer.concat([length, body, sum]);
}

/** full: the ground goes to the edges, for systems that cut the icon into a shape of their own. */
export function png(svg, size, { full = false } = {}) {
  const { radius, ground, half, strokes } = shapes(svg);
  const pixel = UNIT / size;
  const cover = (distance) => Math.min(1, Math.max(0, 0.5 - distance / pixel));
  const rows = Buffer.alloc(size * (1 + size * 4));
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [x, y] = [column, row].map((v) => (v + 0.5) * pixel);
      const [sx, sy] = full ? [x, y].map((v) => UNIT / 2 + (v - UNIT / 2) / SAFE) : [x, y];
      let color = ground;
      for (const stroke of strokes) {
        const share = cover(toStroke(sx, sy, stroke, half));
        color = color.map((v, i) => v + (stroke.color[i] - v) * share);
      }
      rows.set([...color.map(Math.round), full ? 255 : Math.round(255 * cover(toSquare(x, y, radius)))], row * (1 + size * 4) + 1 + column * 4);
    }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
