/**
 * Derivatives by central differences, and how far they can be trusted. With D(h) = (f(h) − f(−h)) / 2h
 * and Richardson's R = (4 D(h/2) − D(h)) / 3, the difference |D(h) − D(h/2)| bounds what truncation
 * leaves in R, and rounding of f adds about eps · √terms · |f| / h, or what f is seen to jitter by.
 */

/** f64. */
const EPSILON = 2 ** -53;
/** As in every tolerance of the tests: a sum of n terms is good to 4 · eps · √n. */
const ROUNDING = 4;
/** R is nearer to D(h/2) than that is to D(h), by this factor, as soon as h⁴ is far below h². */
const TRUNCATION = 3;
/** Where truncation, h², and rounding, eps / h, are of one size. */
const STEP = Math.cbrt(EPSILON);
/** Over so short a way f bends at 0 at most; all else is rounding. */
const PROBE = STEP ** 2;
/** From one try to the next. */
const FACTOR = 8;
const TRIES = 6;
/** A difference that is not good to a thousandth says nothing: the relative tolerance of torch.autograd.gradcheck. */
const RESOLUTION = 1e-3;
/**
 * One-sided slopes of a smooth function differ by h · f″, half as much at half the step; at a kink by
 * the jump at either. This lies in the middle.
 */
const KINK = 0.75;

export type GradientVerdict = 'pass' | 'fail' | 'inconclusive';

/** What is known of a derivative before differences are taken. */
export interface Analytic {
  /** f(0) */
  readonly value: number;
  readonly derivative: number;
  /** Sum of |terms| that the derivative is the sum of. */
  readonly magnitude: number;
  /** Of what moves, at least 1: the unit of steps. */
  readonly scale: number;
  /** Additions that f consists of, about. */
  readonly terms: number;
}

export interface Comparison {
  readonly verdict: GradientVerdict;
  readonly numeric: number;
  /** What |derivative − numeric| may be. */
  readonly tolerance: number;
  readonly step: number;
  /** Why it is not a pass, unless the numbers say so. */
  readonly reason?: string;
}

interface Try {
  readonly step: number;
  readonly numeric: number;
  readonly rounding: number;
  readonly truncation: number;
  readonly tolerance: number;
  /** Slopes on either side. */
  readonly right: number;
  readonly left: number;
  readonly kink: boolean;
}

/**
 * Compares a derivative at 0 with differences of f, at steps that get smaller or larger as they must:
 * smaller while truncation or a kink spoils them, larger while rounding does. The sharpest decides.
 */
export async function compare(f: (h: number) => Promise<number>, known: Analytic): Promise<Comparison> {
  if (!Number.isFinite(known.derivative)) {
    return { verdict: 'fail', numeric: Number.NaN, tolerance: Number.NaN, step: 0, reason: 'the chain rule gives no finite number' };
  }
  const noise = await noiseOf(f, known);
  const tries: Try[] = [];
  let smaller = STEP * known.scale;
  let larger = smaller * FACTOR;
  for (let step = smaller; tries.length < TRIES; ) {
    const one = await measure(f, step, noise, known);
    tries.push(one);
    const rough = one.truncation > one.rounding;
    if (!rough && isSharp(one, known)) break;
    if (rough || one.kink) {
      smaller /= FACTOR;
      step = smaller;
    } else {
      step = larger;
      larger *= FACTOR;
    }
  }
  return conclude(tries, known);
}

/**
 * What f is off by: by its size, and by how much its odd and its even part, over so short a way, are not
 * straight on either side (after Hamming's difference tables). A kink at 0 is no noise.
 */
async function noiseOf(f: (h: number) => Promise<number>, { value, magnitude, scale, terms }: Analytic): Promise<number> {
  const h = PROBE * scale;
  const [a, b, c, d] = [await f(-2 * h), await f(-h), await f(h), await f(2 * h)];
  const odd = d - a - 2 * (c - b);
  const even = d + a - 2 * value - 2 * (c + b - 2 * value);
  return Math.max(ROUNDING * EPSILON * Math.sqrt(terms) * (Math.abs(value) + magnitude * scale), Math.abs(odd), Math.abs(even));
}

async function measure(f: (h: number) => Promise<number>, step: number, noise: number, { value }: Analytic): Promise<Try> {
  const [above, below] = [await f(step), await f(-step)];
  const [halfAbove, halfBelow] = [await f(step / 2), await f(-step / 2)];
  const whole = (above - below) / (2 * step);
  const half = (halfAbove - halfBelow) / step;
  const rounding = noise / step;
  const truncation = TRUNCATION * Math.abs(whole - half);
  const [right, left] = [(2 * (halfAbove - value)) / step, (2 * (value - halfBelow)) / step];
  const jump = Math.abs(above - 2 * value + below) / step;
  const kink = Math.abs(right - left) > ROUNDING * rounding && Math.abs(right - left) >= KINK * jump;
  return { step, numeric: (4 * half - whole) / 3, rounding, truncation, tolerance: rounding + truncation, right, left, kink };
}

const size = ({ numeric }: Try, { magnitude }: Analytic): number => Math.max(magnitude, Math.abs(numeric));

/** Whether the difference can tell a right derivative from a wrong one. Where it has no terms, f must not change. */
function isSharp(one: Try, known: Analytic): boolean {
  const most = known.magnitude === 0 ? Math.max(Math.abs(known.value), Math.abs(one.numeric)) : size(one, known);
  return one.tolerance <= RESOLUTION * most && !isKink(one, known);
}

/** A kink that matters. */
function isKink(one: Try, known: Analytic): boolean {
  return one.kink && Math.abs(one.right - one.left) > RESOLUTION * size(one, known);
}

const plain = ({ numeric, tolerance, step }: Try) => ({ numeric, tolerance, step });

function conclude(tries: readonly Try[], known: Analytic): Comparison {
  const sharpest = (list: readonly Try[]) => list.reduce((least, one) => (one.tolerance < least.tolerance ? one : least));
  const nearest = tries.reduce((least, one) => (one.step < least.step ? one : least));
  const sharp = tries.filter((one) => isSharp(one, known));
  if (sharp.length > 0) {
    const best = sharpest(sharp);
    if (Math.abs(known.derivative - best.numeric) <= best.tolerance) return { verdict: 'pass', ...plain(best) };
    if (!nearest.kink) return { verdict: 'fail', ...plain(best) };
  }
  if (!nearest.kink) {
    return {
      verdict: 'inconclusive',
      ...plain(sharpest(tries)),
      reason: 'the differences are too coarse: rounding or kinks nearby hide the slope',
    };
  }
  const [left, right] = [nearest.left.toPrecision(4), nearest.right.toPrecision(4)];
  return { verdict: 'inconclusive', ...plain(nearest), reason: `a kink: the slope is ${left} on one side and ${right} on the other` };
}
