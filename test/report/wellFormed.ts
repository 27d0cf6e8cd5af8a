/** A strict reader of HTML for tests: the little that pages need, and an error for everything else. */

export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (Element | string)[];
}

const VOID = new Set(['meta', 'img', 'br', 'link', 'input']);
const RAW = new Set(['script', 'style']);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function decode(text: string): string {
  if (/[<>]/.test(text)) throw new Error(`a bare angle bracket in ${JSON.stringify(text.slice(0, 80))}`);
  return text.replace(/&([^;\s]*);?/g, (whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`a bare ampersand: ${whole}`);
    return character;
  });
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  const rest = text.replace(/\s+([a-zA-Z][\w:-]*)="([^"]*)"/g, (_, name: string, value: string) => {
    if (attributes.has(name)) throw new Error(`two attributes ${name}`);
    attributes.set(name, decode(value));
    return '';
  });
  if (rest.trim() !== '') throw new Error(`an attribute without quotes: ${rest}`);
  return attributes;
}

/** The root element. Throws unless every tag is closed in order, every attribute quoted and every character escaped. */
export function parse(html: string): Element {
  const doctype = '<!doctype html>\n';
  if (!html.startsWith(doctype)) throw new Error('no doctype');
  const root: Element = { tag: '', attributes: new Map(), children: [] };
  const open: Element[] = [root];
  let at = doctype.length;
  while (at < html.length) {
    const next = html.indexOf('<', at);
    const text = html.slice(at, next < 0 ? html.length : next);
    if (text !== '') open.at(-1)!.children.push(decode(text));
    if (next < 0) break;
    const tag = /^<(\/?)([a-zA-Z][a-zA-Z\d]*)((?:\s+[a-zA-Z][\w:-]*="[^"]*")*)\s*(\/?)>/.exec(html.slice(next, next + 1_000_000));
    if (!tag) throw new Error(`no tag: ${html.slice(next, next + 80)}`);
    const [whole, closing, name, attributes, selfClosing] = tag as unknown as [string, string, string, string, string];
    at = next + whole.length;
    if (closing) {
      const last = open.pop()!;
      if (last.tag !== name) throw new Error(`</${name}> closes <${last.tag}>`);
      continue;
    }
    const element: Element = { tag: name, attributes: readAttributes(attributes), children: [] };
    open.at(-1)!.children.push(element);
    if (VOID.has(name) || selfClosing) continue;
    if (RAW.has(name)) {
      const end = html.indexOf(`</${name}>`, at);
      element.children.push(html.slice(at, end));
      at = end + name.length + 3;
    } else open.push(element);
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.tag}> is not closed`);
  return root.children.find((child) => typeof child !== 'string') as Element;
}

/** All elements below one, itself first. */
export function all(element: Element, tag?: string): Element[] {
  const below = element.children.flatMap((child) => (typeof child === 'string' ? [] : all(child, tag)));
  return tag === undefined || element.tag === tag ? [element, ...below] : below;
}

export function textOf(element: Element): string {
  if (RAW.has(element.tag)) return '';
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}
