/** Summaries of pictures and of text. */

import { encodePng, type Picture } from '../../png.js';
import { encodeEvent, nested, text, whole } from './record.js';

interface Tagged {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly tag: string;
}

const RGB = 3;

/** Summary.Value { tag = 1; Image image = 4 } of Image { height = 1; width = 2; colorspace = 3; encoded_image_string = 4 }. */
export async function encodeImage({ time, step, tag }: Tagged, picture: Picture): Promise<Uint8Array> {
  const image = [whole(1, picture.height), whole(2, picture.width), whole(3, RGB), nested(4, await encodePng(picture))];
  return encodeEvent(time, step, [[text(1, tag), nested(4, ...image)]]);
}

const STRING = 7;

/**
 * Summary.Value { tag = 1; TensorProto tensor = 8; SummaryMetadata metadata = 9 } of
 * TensorProto { dtype = 1; tensor_shape = 2; string_val = 8 }, for the plugin that shows Markdown.
 */
export function encodeText({ time, step, tag }: Tagged, markdown: string): Uint8Array {
  const tensor = [whole(1, STRING), nested(2), text(8, markdown)];
  const metadata = nested(1, text(1, 'text'));
  return encodeEvent(time, step, [[text(1, tag), nested(8, ...tensor), nested(9, metadata)]]);
}
