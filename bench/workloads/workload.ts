/** What a workload is: a network, its data and its update rule, the same for every contestant. */

import { generator } from '../../test/support/generator.js';
import type { Activation, Layer } from '../js/mlp.js';

export interface Workload {
  readonly name: string;
  /** Widths from input to output. */
  readonly sizes: readonly number[];
  /** Of the hidden layers; the last layer gives logits. */
  readonly activation: Activation;
  readonly batchSize: number;
  readonly rows: number;
  readonly loss: 'crossEntropy' | 'mse';
  readonly optimizer:
    | { readonly rule: 'adam'; readonly lr: number }
    | { readonly rule: 'sgd'; readonly lr: number }
    | { readonly rule: 'momentum'; readonly lr: number; readonly momentum: number };
}

export interface Data {
  /** [rows, sizes[0]] */
  readonly x: Float32Array;
  /** [rows], classes; for mse [rows, last size] */
  readonly y: Int32Array | Float32Array;
}

/** Multiply-adds of one training sample, counted two: no input gradient for the first layer. */
export function flopsPerSample({ sizes }: Workload): number {
  let flops = 0;
  for (let l = 0; l + 1 < sizes.length; l++) flops += (l === 0 ? 4 : 6) * sizes[l]! * sizes[l + 1]!;
  return flops;
}

/**
 * Uniform inputs in [0, 1) and labels that a random linear map decides, so that there is something
 * to learn; for mse uniform targets.
 */
export function makeData(workload: Workload, seed = 1): Data {
  if (workload.loss === 'mse') return makeNumbers(workload, seed);
  const random = generator(seed);
  const features = workload.sizes[0]!;
  const classes = workload.sizes.at(-1)!;
  const map = Float32Array.from({ length: features * classes }, () => random() - 0.5);
  const x = Float32Array.from({ length: workload.rows * features }, random);
  const y = new Int32Array(workload.rows);
  for (let i = 0; i < workload.rows; i++) {
    let best = -Infinity;
    for (let c = 0; c < classes; c++) {
      let score = 0;
      for (let f = 0; f < features; f++) score += (x[i * features + f]! - 0.5) * map[f * classes + c]!;
      if (score > best) {
        best = score;
        y[i] = c;
      }
    }
  }
  return { x, y };
}

function makeNumbers({ rows, sizes }: Workload, seed: number): Data {
  const random = generator(seed);
  const draw = (width: number) => Float32Array.from({ length: rows * width }, random);
  return { x: draw(sizes[0]!), y: draw(sizes.at(-1)!) };
}

/** Glorot-uniform weights and zero biases, the same for every contestant. */
export function makeLayers({ sizes, activation }: Workload, seed = 2): Layer[] {
  const random = generator(seed);
  const layers: Layer[] = [];
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [inputs, outputs] = [sizes[l]!, sizes[l + 1]!];
    const bound = Math.sqrt(6 / (inputs + outputs));
    layers.push({
      inputs,
      outputs,
      activation: l + 2 < sizes.length ? activation : 'identity',
      weight: Float32Array.from({ length: inputs * outputs }, () => (2 * random() - 1) * bound),
      bias: new Float32Array(outputs),
    });
  }
  return layers;
}
