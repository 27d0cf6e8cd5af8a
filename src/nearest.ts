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

/** The known name that `name` most likely means, if one is near enough. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 0.5;
  for (const candidate of known) {
    const plain = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const distance = candidate.toLowerCase().startsWith(name.toLowerCase()) && name.length > 2 ? Math.min(plain, 1) : plain;
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** `; did you mean "units"?`, or the list of all names if none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `; did you mean ${JSON.stringify(near)}?`;
  return known.length === 0 ? '' : `; known: ${known.join(', ')}`;
}
