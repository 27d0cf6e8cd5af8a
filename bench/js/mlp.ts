/**
 * The opponent: a multilayer perceptron in plain JavaScript, written to be fast in V8.
 * Typed arrays, no allocation per step, loops in the order that streams memory, four rows of the
 * output at a time so that each weight is loaded once for four samples.
 */

export type Activation = 'relu' | 'tanh' | 'identity';

export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** [inputs, outputs] row-major. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

interface LayerState extends Layer {
  readonly output: Float32Array;
  readonly delta: Float32Array;
  readonly weightGradient: Float32Array;
  readonly biasGradient: Float32Array;
}

/** Changes a parameter array in place from its gradient; called once per array and step. */
export type Update = (key: number, parameter: Float32Array, gradient: Float32Array, step: number) => void;

/** out[m, n] = a[m, k] · b[k, n] + bias. */
function forwardProduct(out: Float32Array, a: Float32Array, b: Float32Array, bias: Float32Array, m: number, k: number, n: number): void {
  for (let i = 0; i < m; i++) out.set(bias, i * n);
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const o0 = i * n;
    const o1 = o0 + n;
    const o2 = o1 + n;
    const o3 = o2 + n;
    for (let p = 0; p < k; p++) {
      const a0 = a[i * k + p]!;
      const a1 = a[(i + 1) * k + p]!;
      const a2 = a[(i + 2) * k + p]!;
      const a3 = a[(i + 3) * k + p]!;
      if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0) continue;
      const row = p * n;
      for (let j = 0; j < n; j++) {
        const w = b[row + j]!;
        out[o0 + j]! += a0 * w;
        out[o1 + j]! += a1 * w;
        out[o2 + j]! += a2 * w;
        out[o3 + j]! += a3 * w;
      }
    }
  }
  for (; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const value = a[i * k + p]!;
      if (value === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j]! += value * b[p * n + j]!;
    }
  }
}

/** out[k, n] = a[m, k]ᵀ · d[m, n]. */
function weightProduct(out: Float32Array, a: Float32Array, d: Float32Array, m: number, k: number, n: number): void {
  out.fill(0);
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const d0 = i * n;
    const d1 = d0 + n;
    const d2 = d1 + n;
    const d3 = d2 + n;
    for (let p = 0; p < k; p++) {
      const a0 = a[i * k + p]!;
      const a1 = a[(i + 1) * k + p]!;
      const a2 = a[(i + 2) * k + p]!;
      const a3 = a[(i + 3) * k + p]!;
      if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0) continue;
      const row = p * n;
      for (let j = 0; j < n; j++) {
        out[row + j]! += a0 * d[d0 + j]! + a1 * d[d1 + j]! + a2 * d[d2 + j]! + a3 * d[d3 + j]!;
      }
    }
  }
  for (; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const value = a[i * k + p]!;
      if (value === 0) continue;
      for (let j = 0; j < n; j++) out[p * n + j]! += value * d[i * n + j]!;
    }
  }
}

/** out[m, k] = d[m, n] · w[k, n]ᵀ. */
function inputProduct(out: Float32Array, d: Float32Array, w: Float32Array, m: number, n: number, k: number): void {
  for (let i = 0; i < m; i++) {
    const di = i * n;
    for (let p = 0; p < k; p++) {
      const row = p * n;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let j = 0;
      for (; j + 4 <= n; j += 4) {
        s0 += d[di + j]! * w[row + j]!;
        s1 += d[di + j + 1]! * w[row + j + 1]!;
        s2 += d[di + j + 2]! * w[row + j + 2]!;
        s3 += d[di + j + 3]! * w[row + j + 3]!;
      }
      for (; j < n; j++) s0 += d[di + j]! * w[row + j]!;
      out[i * k + p] = s0 + s1 + s2 + s3;
    }
  }
}

function activate(x: Float32Array, count: number, activation: Activation): void {
  if (activation === 'relu') {
    for (let i = 0; i < count; i++) if (x[i]! < 0) x[i] = 0;
  } else if (activation === 'tanh') {
    for (let i = 0; i < count; i++) x[i] = Math.tanh(x[i]!);
  }
}

function deactivate(delta: Float32Array, output: Float32Array, count: number, activation: Activation): void {
  if (activation === 'relu') {
    for (let i = 0; i < count; i++) if (output[i]! <= 0) delta[i] = 0;
  } else if (activation === 'tanh') {
    for (let i = 0; i < count; i++) delta[i]! *= 1 - output[i]! * output[i]!;
  }
}

/** Mean cross-entropy of softmax(logits); writes its gradient. */
function crossEntropy(logits: Float32Array, labels: Int32Array, delta: Float32Array, rows: number, classes: number): number {
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const row = i * classes;
    let top = -Infinity;
    for (let j = 0; j < classes; j++) if (logits[row + j]! > top) top = logits[row + j]!;
    let sum = 0;
    for (let j = 0; j < classes; j++) {
      const e = Math.exp(logits[row + j]! - top);
      delta[row + j] = e;
      sum += e;
    }
    const label = labels[i]!;
    total += Math.log(sum) + top - logits[row + label]!;
    for (let j = 0; j < classes; j++) delta[row + j] = (delta[row + j]! / sum - (j === label ? 1 : 0)) / rows;
  }
  return total / rows;
}

/** Mean of the squares over all elements; writes its gradient. */
function meanSquares(out: Float32Array, targets: Float32Array, delta: Float32Array): number {
  let total = 0;
  for (let i = 0; i < targets.length; i++) {
    const difference = out[i]! - targets[i]!;
    total += difference * difference;
    delta[i] = (2 * difference) / targets.length;
  }
  return total / targets.length;
}

export class JsMlp {
  private readonly layers: LayerState[];
  private readonly update: Update;
  private steps = 0;

  constructor(layers: readonly Layer[], batch: number, update: Update) {
    this.update = update;
    this.layers = layers.map((layer) => ({
      ...layer,
      weight: layer.weight.slice(),
      bias: layer.bias.slice(),
      output: new Float32Array(batch * layer.outputs),
      delta: new Float32Array(batch * layer.outputs),
      weightGradient: new Float32Array(layer.inputs * layer.outputs),
      biasGradient: new Float32Array(layer.outputs),
    }));
  }

  /** One step on `rows` rows of x [rows, inputs]: labels [rows], or numbers [rows, outputs]; returns the loss. */
  step(x: Float32Array, targets: Int32Array | Float32Array, rows: number): number {
    const { layers } = this;
    let input = x;
    for (const layer of layers) {
      forwardProduct(layer.output, input, layer.weight, layer.bias, rows, layer.inputs, layer.outputs);
      activate(layer.output, rows * layer.outputs, layer.activation);
      input = layer.output;
    }
    const last = layers[layers.length - 1]!;
    const loss =
      targets instanceof Int32Array
        ? crossEntropy(last.output, targets, last.delta, rows, last.outputs)
        : meanSquares(last.output, targets, last.delta);
    for (let l = layers.length - 1; l >= 0; l--) {
      const layer = layers[l]!;
      const below = l > 0 ? layers[l - 1]! : undefined;
      weightProduct(layer.weightGradient, below ? below.output : x, layer.delta, rows, layer.inputs, layer.outputs);
      layer.biasGradient.fill(0);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < layer.outputs; j++) layer.biasGradient[j]! += layer.delta[i * layer.outputs + j]!;
      }
      if (below) {
        inputProduct(below.delta, layer.delta, layer.weight, rows, layer.outputs, layer.inputs);
        deactivate(below.delta, below.output, rows * below.outputs, below.activation);
      }
    }
    this.steps++;
    layers.forEach((layer, l) => {
      this.update(2 * l, layer.weight, layer.weightGradient, this.steps);
      this.update(2 * l + 1, layer.bias, layer.biasGradient, this.steps);
    });
    return loss;
  }
}

/** v ← μv + g, θ ← θ − ηv. */
export function momentumUpdate(lr: number, momentum: number): Update {
  const velocity: Float32Array[] = [];
  return (key, parameter, gradient) => {
    velocity[key] ??= new Float32Array(parameter.length);
    const v = velocity[key];
    for (let i = 0; i < parameter.length; i++) {
      v[i] = momentum * v[i]! + gradient[i]!;
      parameter[i]! -= lr * v[i]!;
    }
  };
}

/** Kingma & Ba 2014 with PyTorch's placement of ε. */
export function adamUpdate(lr: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8): Update {
  const first: Float32Array[] = [];
  const second: Float32Array[] = [];
  return (key, parameter, gradient, step) => {
    first[key] ??= new Float32Array(parameter.length);
    second[key] ??= new Float32Array(parameter.length);
    const m = first[key];
    const v = second[key];
    const c1 = 1 - beta1 ** step;
    const c2 = 1 - beta2 ** step;
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i]!;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      parameter[i]! -= ((lr / c1) * m[i]!) / (Math.sqrt(v[i]! / c2) + epsilon);
    }
  };
}
