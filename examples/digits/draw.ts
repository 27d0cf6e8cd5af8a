/** Pictures for a terminal: digits in half-block characters, a confusion matrix. */

import { PIXELS, SIDE } from './data.js';

/** Half a line a pixel row: two pixels share a character cell. */
function drawDigit(pixels: ArrayLike<number>): string[] {
  const dark = (row: number, column: number) => pixels[row * SIDE + column]! > 0.35;
  const lines: string[] = [];
  for (let row = 2; row < SIDE - 2; row += 2) {
    let line = '';
    for (let column = 3; column < SIDE - 3; column++) {
      const upper = dark(row, column);
      const lower = dark(row + 1, column);
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(line);
  }
  return lines;
}

export interface Captioned {
  readonly row: number;
  readonly caption: string;
}

/** Digits side by side, a caption over each. */
export function drawDigits(images: ArrayLike<number>, chosen: readonly Captioned[]): string {
  const pictures = chosen.map(({ row, caption }) => {
    const lines = drawDigit(Array.prototype.slice.call(images, row * PIXELS, (row + 1) * PIXELS));
    return [caption.padEnd(lines[0]!.length), ...lines];
  });
  return pictures[0]!.map((_, line) => pictures.map((picture) => picture[line]).join('  ')).join('\n');
}

/** Rows are the true digits, columns what the model said. */
export function drawConfusion(matrix: readonly (readonly number[])[]): string {
  const cell = (value: number | string) => String(value).padStart(5);
  const header = `true\\said${matrix.map((_, digit) => cell(digit)).join('')}`;
  const rows = matrix.map((row, digit) => `${String(digit).padStart(9)}${row.map((n) => cell(n === 0 ? '·' : n)).join('')}`);
  return [header, ...rows].join('\n');
}
