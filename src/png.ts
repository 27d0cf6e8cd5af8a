/** Pictures of few colours as PNG files: W3C Portable Network Graphics, third edition. */

import { util, zlib } from './builtins.js';

/** From 0 to 255. Opaque unless it says otherwise. */
export type Color = readonly [red: number, green: number, blue: number, opacity?: number];

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** At most 256. */
  readonly palette: readonly Color[];
  /** Row by row, one index into the palette for each. */
  readonly pixels: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bits of an index; colour type 3: a palette; then compression, filter and interlace methods. */
const INDEXED = [8, 3, 0, 0, 0];

const uint32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** Length, type, data, CRC of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([Uint8Array.from(uint32(data.length)), body, Uint8Array.from(uint32(zlib().crc32(body)))]);
}

/** Each row begins with its filter, 0: none. */
function filtered({ width, height, pixels }: Picture): Uint8Array {
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return rows;
}

function file({ width, height, palette }: Picture, compressed: Uint8Array): Buffer {
  const opaque = palette.every(([, , , opacity = 255]) => opacity === 255);
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', Uint8Array.from([...uint32(width), ...uint32(height), ...INDEXED])),
    chunk('PLTE', Uint8Array.from(palette.flatMap((color) => color.slice(0, 3) as number[]))),
    ...(opaque
      ? []
      : [
          chunk(
            'tRNS',
            Uint8Array.from(palette, ([, , , opacity = 255]) => opacity),
          ),
        ]),
    chunk('IDAT', compressed),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** Compressed off the JavaScript thread. */
export async function encodePng(picture: Picture): Promise<Buffer> {
  return file(picture, await util().promisify(zlib().deflate)(filtered(picture)));
}

/** At once: for small pictures. */
export function encodePngSync(picture: Picture): Buffer {
  return file(picture, zlib().deflateSync(filtered(picture)));
}
