/** Suggestions for misspelt names. */

/** Least number of insertions, deletions, substitutions and swaps of neighbours between two words. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, substituted);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/** Longer names are not misspelt but hostile. */
const LONGEST = 200;
/** What begins a name and says enough of it. */
const TELLING = 3;

/** The known name that `name` most likely means, if one is near enough. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  const given = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 0.5;
  for (const candidate of known) {
    const distance = distanceOf(given, candidate.toLowerCase(), least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** 1 where one name begins the other, else the edit distance, as far as it is below `least`. */
function distanceOf(given: string, candidate: string, least: number): number {
  if (given === candidate) return 0;
  const [short, long] = given.length < candidate.length ? [given, candidate] : [candidate, given];
  if (short.length >= TELLING && long.startsWith(short)) return 1;
  return long.length - short.length < least ? editDistance(given, candidate) : least;
}

/** `; did you mean "units"?`, or the list of all names if none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `; did you mean ${JSON.stringify(near)}?`;
  return known.length === 0 ? '' : `; known: ${known.join(', ')}`;
}
