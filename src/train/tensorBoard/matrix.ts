/** A confusion matrix as a picture. */

import type { Color, Picture } from '../../png.js';
import { Canvas, textHeight, textWidth } from './canvas.js';

export type Matrix = readonly (readonly number[])[];

/** Greater ones have no picture: nobody could read it. */
const MOST_CLASSES = 128;
/** Pixels of all cells together, at least one a cell, and of one cell at most. */
const [SIDE, LARGEST_CELL] = [512, 64];
/** From an empty cell to one that holds its whole row. */
const SHADES = 201;
const [WHITE, BLUE]: [Color, Color] = [
  [255, 255, 255],
  [8, 48, 107],
];
/** Of numbers on dark cells: white. On light ones and in the margins: black. */
const BLACK = SHADES;
const DARK = 0.5;

const PALETTE: readonly Color[] = [
  ...Array.from({ length: SHADES }, (_, i): Color => {
    const mix = (from: number, to: number) => Math.round(from + ((to - from) * i) / (SHADES - 1));
    return [mix(WHITE[0], BLUE[0]), mix(WHITE[1], BLUE[1]), mix(WHITE[2], BLUE[2])];
  }),
  [0, 0, 0],
];

const isCount = (value: unknown) => typeof value === 'number' && value >= 0 && Number.isFinite(value);

/** Whether a score is a square matrix of counts that can be drawn. */
export function isMatrix(value: unknown): value is Matrix {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_CLASSES &&
    value.every((row) => Array.isArray(row) && row.length === value.length && row.every(isCount))
  );
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** 7, 0.25, 999, 12k, 3.4M: at most four characters, but for what is beyond all units. */
export function shortNumber(value: number): string {
  const [unit, name] = UNITS.find(([each]) => value >= each) ?? [1, ''];
  const scaled = value / unit;
  const digits = scaled >= 10 || Number.isInteger(scaled) ? 0 : unit === 1 ? 2 : 1;
  return `${scaled.toFixed(digits)}${name}`;
}

/**
 * Rows are true classes, columns predicted ones. A cell is as dark as its share of its row; counts and
 * the numbers of the classes are written where there is room.
 */
export function drawMatrix(matrix: Matrix): Picture {
  const classes = matrix.length;
  const cell = Math.max(1, Math.min(LARGEST_CELL, Math.floor(SIDE / classes)));
  const scale = cell >= 48 ? 2 : 1;
  const label = String(classes - 1);
  const labelled = textWidth(label, scale) < cell && textHeight(scale) < cell;
  const margin = labelled ? Math.max(textWidth(label, scale), textHeight(scale)) + 4 * scale : 0;
  const canvas = new Canvas(margin + classes * cell, margin + classes * cell, PALETTE);
  const middle = (i: number) => margin + i * cell + cell / 2;
  for (const [row, counts] of matrix.entries()) {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    const shades = counts.map((count) => Math.round((count / total) * (SHADES - 1)));
    canvas.strip(margin, margin + row * cell, cell, shades);
    if (textHeight(scale) + 2 < cell) {
      for (const [column, count] of counts.entries()) {
        const text = shortNumber(count);
        const color = shades[column]! > DARK * SHADES ? 0 : BLACK;
        if (textWidth(text, scale) + 2 < cell) canvas.text(text, middle(column), middle(row), scale, color);
      }
    }
    if (labelled) {
      canvas.text(String(row), margin / 2, middle(row), scale, BLACK);
      canvas.text(String(row), middle(row), margin / 2, scale, BLACK);
    }
  }
  return canvas;
}
