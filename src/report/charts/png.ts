/** Pictures of many small cells, as data: a PNG with a palette. */

import { crc32, deflateSync } from 'node:zlib';

/** Red, green, blue, opacity, from 0 to 255. */
export type Colour = readonly [number, number, number, number];

function chunk(type: string, contents: Uint8Array): Buffer {
  const bytes = Buffer.alloc(contents.length + 12);
  bytes.writeUInt32BE(contents.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(contents, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, contents.length + 8)), contents.length + 8);
  return bytes;
}

/** `pixels` are positions in the palette, row by row. */
export function png(width: number, height: number, pixels: Uint8Array, palette: readonly Colour[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, palette, deflate, no filter, not interlaced.
  header.set([8, 3, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (width + 1));
  for (let row = 0; row < height; row++) lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flatMap((colour) => colour.slice(0, 3)))),
    chunk('tRNS', Uint8Array.from(palette.map((colour) => colour[3]))),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
