// Written by scripts/generate.mjs from native/ops/registry.cpp. Do not edit.

type NoAttrs = Readonly<Record<string, never>>;

/** The attributes of every op that TypeScript may emit. */
export interface OpAttrs {
  /** -x. 1 input. */
  readonly neg: NoAttrs;
  /** |x|; its gradient at 0 is 0. 1 input. */
  readonly abs: NoAttrs;
  /** -1, 0 or 1; no gradient. 1 input. */
  readonly sign: NoAttrs;
  /** max(x, 0), NaN as itself; its gradient at 0 is 0. 1 input. */
  readonly relu: NoAttrs;
  /** e to the x. 1 input. */
  readonly exp: NoAttrs;
  /** exp(x) - 1, precise near 0. 1 input. */
  readonly expm1: NoAttrs;
  /** natural logarithm. 1 input. */
  readonly log: NoAttrs;
  /** log(1 + x), precise near 0. 1 input. */
  readonly log1p: NoAttrs;
  /** square root; its gradient at 0 is infinite. 1 input. */
  readonly sqrt: NoAttrs;
  /** 1 / sqrt(x). 1 input. */
  readonly rsqrt: NoAttrs;
  /** hyperbolic tangent. 1 input. */
  readonly tanh: NoAttrs;
  /** 1 / (1 + exp(-x)). 1 input. */
  readonly sigmoid: NoAttrs;
  /** the error function. 1 input. */
  readonly erf: NoAttrs;
  /** sine of radians. 1 input. */
  readonly sin: NoAttrs;
  /** cosine of radians. 1 input. */
  readonly cos: NoAttrs;
  /** the next whole number below; no gradient. 1 input. */
  readonly floor: NoAttrs;
  /** nearest whole number, half to even; no gradient. 1 input. */
  readonly round: NoAttrs;
  /** 1 / x. 1 input. */
  readonly reciprocal: NoAttrs;
  /** neither NaN nor infinite. 1 input. */
  readonly isFinite: NoAttrs;
  /** true where x is false. 1 input. */
  readonly logicalNot: NoAttrs;
  /** a + b. 2 inputs. */
  readonly add: NoAttrs;
  /** a - b. 2 inputs. */
  readonly sub: NoAttrs;
  /** a * b. 2 inputs. */
  readonly mul: NoAttrs;
  /** a / b. 2 inputs. */
  readonly div: NoAttrs;
  /** the greater operand; NaN if one is NaN. 2 inputs. */
  readonly maximum: NoAttrs;
  /** the lesser operand; NaN if one is NaN. 2 inputs. */
  readonly minimum: NoAttrs;
  /** a to the b. 2 inputs. */
  readonly pow: NoAttrs;
  /** b where a, a result of relu, is above 0 or NaN; else 0. 2 inputs. */
  readonly reluGradient: NoAttrs;
  /** a = b; NaN equals nothing. 2 inputs. */
  readonly equal: NoAttrs;
  /** not a = b. 2 inputs. */
  readonly notEqual: NoAttrs;
  /** a < b. 2 inputs. */
  readonly less: NoAttrs;
  /** a <= b. 2 inputs. */
  readonly lessEqual: NoAttrs;
  /** a > b. 2 inputs. */
  readonly greater: NoAttrs;
  /** a >= b. 2 inputs. */
  readonly greaterEqual: NoAttrs;
  /** a and b. 2 inputs. */
  readonly logicalAnd: NoAttrs;
  /** a or b. 2 inputs. */
  readonly logicalOr: NoAttrs;
  /** a where the condition holds, else b. 3 inputs. */
  readonly where: NoAttrs;
  /** x as another dtype; to i32 and u8 saturating, NaN as 0. 1 input. */
  readonly cast: { readonly dtype: string };
  /** sum over axes. 1 input. */
  readonly sum: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** greatest element over axes; ties share the gradient. 1 input. */
  readonly max: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** least element over axes; ties share the gradient. 1 input. */
  readonly min: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** true if one element is. 1 input. */
  readonly any: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** true if every element is. 1 input. */
  readonly all: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** i32 position of the greatest element; the first of equals, or of NaNs. 1 input. */
  readonly argmax: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** i32 position of the least element; the first of equals, or of NaNs. 1 input. */
  readonly argmin: { readonly axes?: readonly number[]; readonly keepDims?: boolean };
  /** the same elements in row-major order under another shape; one dimension may be -1. 1 input. */
  readonly reshape: { readonly shape: readonly number[] };
  /** axes in another order: axis i of the result is axes[i] of x. 1 input. */
  readonly transpose: { readonly axes: readonly number[] };
  /** x repeated along new leading axes and axes of size 1. 1 input. */
  readonly broadcast: { readonly shape: readonly number[] };
  /** elements begin, begin + step, ... before end, per axis; negative positions count from the end. 1 input. */
  readonly slice: { readonly begin: readonly number[]; readonly end: readonly number[]; readonly step?: readonly number[] };
  /** axes read backwards; all if none are named. 1 input. */
  readonly flip: { readonly axes?: readonly number[] };
  /** a piece of a flat tensor, from element `offset` on. 1 input. */
  readonly unpack: { readonly offset: number | bigint; readonly shape: readonly number[] };
  /** x, but constant for the chain rule. 1 input. */
  readonly stopGradient: NoAttrs;
  /** tensors one after the other along an axis. 1 or more inputs. */
  readonly concat: { readonly axis: number | bigint };
  /** x with low[i] elements of a value before and high[i] after it on axis i. 1 input. */
  readonly pad: { readonly low: readonly number[]; readonly high: readonly number[]; readonly value: number };
  /** tensors flattened one after the other, each padded with zeros to a multiple of 16 elements. 1 or more inputs. */
  readonly pack: NoAttrs;
  /** rows of `source` (input 0) at i32 `index` (input 1), which may have any shape; converted to dtype if given. 2 inputs. */
  readonly gather: { readonly dtype?: string };
  /** `rows` rows of zeros, to which the rows of `update` (input 1) are added at i32 `index` (input 0), in order. 2 inputs. */
  readonly scatterAdd: { readonly rows: number | bigint };
  /** 1 at each i32 label along a new last axis, else 0; a label out of range gives zeros. 1 input. */
  readonly oneHot: { readonly classes: number | bigint; readonly dtype?: string };
  /** the last axis in order, stably, NaN last; results: values, i32 positions. 1 input. */
  readonly sort: { readonly descending?: boolean };
  /** the k greatest (or least) of the last axis, in order (descending unless told); results: values, i32 positions. 1 input. */
  readonly topK: { readonly k: number | bigint; readonly descending?: boolean };
  /** matrix product of the last two axes; the axes before them broadcast. 2 inputs. */
  readonly matmul: { readonly transposeA?: boolean; readonly transposeB?: boolean; readonly precision?: string };
  /** a value given from outside; see Graph::inputs. 0 inputs. */
  readonly input: { readonly name: string; readonly dtype: string; readonly shape: readonly number[] };
  /** row-major data, or one value everywhere. 0 inputs. */
  readonly constant: { readonly dtype: string; readonly shape: readonly number[]; readonly data?: Uint8Array; readonly value?: number };
  /** 0, 1, 2, ... along an axis. 0 inputs. */
  readonly iota: { readonly shape: readonly number[]; readonly axis: number | bigint; readonly dtype: string };
  /** uniform in [low, high); input: the i32 step. 1 input. */
  readonly randomUniform: { readonly key: number | bigint; readonly shape: readonly number[]; readonly low: number; readonly high: number; readonly dtype?: string };
  /** normal by mean and deviation; input: the i32 step. 1 input. */
  readonly randomNormal: { readonly key: number | bigint; readonly shape: readonly number[]; readonly mean: number; readonly deviation: number; readonly dtype?: string };
  /** exp(x) / sum(exp(x)) over the last axis. 1 input. */
  readonly softmax: NoAttrs;
  /** x - log(sum(exp(x))) over the last axis. 1 input. */
  readonly logSoftmax: NoAttrs;
  /** -log(softmax(logits)[label]) a row, 0 where label = ignoreIndex; results: loss, softmax(logits). 2 inputs. */
  readonly softmaxCrossEntropy: { readonly ignoreIndex?: number | bigint };
  /** runs a region `length` times over slices of xs; results: final carries, ys, incoming carries. 0 or more inputs. */
  readonly scan: { readonly carries: number | bigint; readonly xs: number | bigint; readonly length: number | bigint; readonly reverse?: boolean };
  /** a forward region with a backward region as its gradient. 1 or more inputs. */
  readonly customGradient: NoAttrs;
}

export type OpName = keyof OpAttrs;
