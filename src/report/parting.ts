/** Where training and validation loss part: the beginning of overfitting. */

/** Share of the epochs that an average spans. */
const WINDOW = 0.1;
/** How many times its own noise the validation loss must have risen. */
const CLEAR = 2;
/** Fewer epochs say nothing. */
const FEWEST = 5;

/** Mean of a value and its neighbours. */
function smoothed(values: readonly number[]): number[] {
  const reach = Math.floor(Math.max(1, values.length * WINDOW) / 2);
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
  return values.map((_, i) => {
    const [begin, end] = [Math.max(0, i - reach), Math.min(values.length, i + reach + 1)];
    return (sums[end]! - sums[begin]!) / (end - begin);
  });
}

/** Standard deviation of what a value differs from its predecessor by, for one of them. */
function noise(values: readonly number[]): number {
  const squares = values.slice(1).reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / 2);
}

/**
 * The epoch, from 1, with the least smoothed validation loss, if from there to the end the
 * validation loss rises by more than its noise while the training loss falls. Epochs without a
 * finite value of both are left out.
 */
export function partingEpoch(training: readonly number[], validation: readonly number[]): number | undefined {
  const epochs = validation.flatMap((value, i) => (Number.isFinite(value) && Number.isFinite(training[i]) ? [i] : []));
  if (epochs.length < FEWEST) return undefined;
  const own = smoothed(epochs.map((i) => training[i]!));
  const raw = epochs.map((i) => validation[i]!);
  const trend = smoothed(raw);
  const least = trend.reduce((best, value, i) => (value < trend[best]! ? i : best), 0);
  const rose = trend.at(-1)! - trend[least]! > CLEAR * noise(raw);
  const fell = own.at(-1)! < own[least]!;
  return rose && fell ? epochs[least]! + 1 : undefined;
}
