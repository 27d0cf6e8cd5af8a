/** Rectangles and numbers, drawn into pixels. */

import type { Color, Picture } from '../../png.js';

/** Three by five pixels, a row of octal digits from the top: 4 is the left pixel, 1 the right. */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '75557',
  '1': '26227',
  '2': '71747',
  '3': '71717',
  '4': '55711',
  '5': '74717',
  '6': '74757',
  '7': '71122',
  '8': '75757',
  '9': '75717',
  '.': '00002',
  k: '45655',
  M: '57755',
  G: '34553',
};
const [WIDTH, HEIGHT] = [3, 5];

/** Pixels of a text from its first to its last, and of its height. */
export const textWidth = (text: string, scale: number): number => (text.length * (WIDTH + 1) - 1) * scale;
export const textHeight = (scale: number): number => HEIGHT * scale;

export class Canvas implements Picture {
  readonly pixels: Uint8Array;

  /** Of the first colour. */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly palette: readonly Color[],
  ) {
    this.pixels = new Uint8Array(width * height);
  }

  /** Squares side by side. */
  strip(left: number, top: number, side: number, colors: readonly number[]): void {
    const line = new Uint8Array(colors.length * side);
    for (const [i, color] of colors.entries()) line.fill(color, i * side, (i + 1) * side);
    for (let y = top; y < top + side; y++) this.pixels.set(line, y * this.width + left);
  }

  fill(left: number, top: number, width: number, height: number, color: number): void {
    for (let y = top; y < top + height; y++) this.pixels.fill(color, y * this.width + left, y * this.width + left + width);
  }

  /** Of digits, points, k, M and G, its middle where it is said. */
  text(text: string, centerX: number, centerY: number, scale: number, color: number): void {
    const left = Math.round(centerX - textWidth(text, scale) / 2);
    const top = Math.round(centerY - textHeight(scale) / 2);
    for (const [i, character] of [...text].entries()) {
      for (const [row, bits] of [...GLYPHS[character]!].map(Number).entries()) {
        for (let column = 0; column < WIDTH; column++) {
          if (bits & (4 >> column)) this.fill(left + (i * (WIDTH + 1) + column) * scale, top + row * scale, scale, scale, color);
        }
      }
    }
  }
}
