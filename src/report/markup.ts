/** HTML from a tagged template: what is put in is escaped, unless it is markup already. */

/** Text that is HTML. Only `html` makes it, and what this package itself wrote. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What takes long is made in parts, between which others may have their turn. */
export type InParts<T> = Generator<undefined, T>;

export type Part = Markup | string | number | undefined | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: HTML allows none of them
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;
/** A surrogate without its other half has no UTF-8. */
const LONE = /\p{Surrogate}/gu;

/** For text and for attributes in double quotes. Characters that HTML forbids become U+FFFD. */
export function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (c) => ENTITIES[c]!)
    .replace(FORBIDDEN, '\ufffd')
    .replace(LONE, '\ufffd');
}

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return part === undefined || part === false ? '' : part.map(render).join('');
}

/** Attribute values must stand in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, piece, i) => text + render(parts[i - 1]) + piece));
}
