/** Pictures of few colours as PNG files: W3C Portable Network Graphics, third edition. */

import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

export type Color = readonly [red: number, green: number, blue: number];

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
  return Buffer.concat([Uint8Array.from(uint32(data.length)), body, Uint8Array.from(uint32(crc32(body)))]);
}

/** Compressed off the JavaScript thread. */
export async function encodePng({ width, height, palette, pixels }: Picture): Promise<Uint8Array> {
  const rows = new Uint8Array(height * (width + 1)); // each begins with its filter, 0: none
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', Uint8Array.from([...uint32(width), ...uint32(height), ...INDEXED])),
    chunk('PLTE', Uint8Array.from(palette.flat())),
    chunk('IDAT', await promisify(deflate)(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}
