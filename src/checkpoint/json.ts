/**
 * A strict reader for the JSON of a file's header. Unlike `JSON.parse` it refuses a key that
 * occurs twice, and it keeps objects as maps, so that no name can touch a prototype.
 */

export type Json = string | number | boolean | null | Json[] | Map<string, Json>;

const MAX_DEPTH = 8;
const LITERALS: readonly [string, Json][] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): Json {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) this.fail('the end');
    return value;
  }

  private fail(expected: string): never {
    const found = this.at < this.text.length ? JSON.stringify(this.text.slice(this.at, this.at + 12)) : 'the end';
    throw new SyntaxError(`expected ${expected} at character ${this.at}, found ${found}`);
  }

  private space(): void {
    while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at]!)) this.at++;
  }

  private take(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private value(depth: number): Json {
    if (depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels`);
    if (this.take('{')) return this.object(depth);
    if (this.take('[')) return this.list(depth);
    if (this.text[this.at] === '"') return this.string();
    const number = this.match(NUMBER);
    if (number !== undefined) return Number(number);
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.fail('a value');
  }

  private string(): string {
    this.space();
    const begin = this.at;
    if (this.text[begin] !== '"') this.fail('a string');
    let end = begin + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    this.at = end + 1;
    return JSON.parse(this.text.slice(begin, end + 1)) as string;
  }

  private object(depth: number): Map<string, Json> {
    const map = new Map<string, Json>();
    if (this.take('}')) return map;
    do {
      const key = this.string();
      if (map.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key)} occurs twice`);
      if (!this.take(':')) this.fail('":"');
      map.set(key, this.value(depth + 1));
    } while (this.take(','));
    if (!this.take('}')) this.fail('"}"');
    return map;
  }

  private list(depth: number): Json[] {
    const items: Json[] = [];
    if (this.take(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.take(','));
    if (!this.take(']')) this.fail('"]"');
    return items;
  }
}

/** Throws a SyntaxError that says what was expected and where. */
export function parseJson(text: string): Json {
  return new Reader(text).document();
}
