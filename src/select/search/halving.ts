/** Successive halving (Jamieson & Talwalkar 2016), in the rounds of scikit-learn's HalvingGridSearchCV. */

export interface HalvingOptions {
  /** What grows from round to round: epochs of training, or rows that are trained on. */
  readonly resource: 'epochs' | 'rows';
  /** One of so many configurations goes on to the next round, with so many times the resource. Default 3. */
  readonly factor?: number;
  /** Of the first round. Default: as much as lets the last round use `max`. */
  readonly min?: number;
  /** No round uses more. For rows, default: the rows of the smallest training part. */
  readonly max?: number;
}

export interface Round {
  readonly candidates: number;
  readonly resource: number;
}

interface Terms {
  readonly factor: number;
  readonly max: number;
  /** Of the first round, if it is given; else `least` or more. */
  readonly min?: number;
  readonly least: number;
}

/** How many candidates every round has, and how much of the resource each of them gets. */
export function halvingRounds(candidates: number, { factor, max, min, least }: Terms): Round[] {
  const wanted = powers(candidates, factor);
  const first = min ?? Math.max(Math.min(least, max), Math.floor(max / factor ** wanted));
  const rounds = 1 + Math.min(wanted, powers(Math.floor(max / first), factor));
  let left = candidates;
  return Array.from({ length: rounds }, (_, round) => {
    if (round > 0) left = Math.ceil(left / factor);
    return { candidates: left, resource: Math.min(first * factor ** round, max) };
  });
}

/** The greatest n with factor to the n not above `number`. */
function powers(number: number, factor: number): number {
  let n = 0;
  for (let power = factor; power <= number; power *= factor) n++;
  return n;
}
