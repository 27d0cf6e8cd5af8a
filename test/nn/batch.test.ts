import { describe, expect, it } from 'vitest';
import { array, type NDArray, nn, predictSync } from '../../src/index.js';
import { generator } from '../support/generator.js';

const ROWS = 67;

/** Numbers that reach the flat ends of activations, too. */
function rows(width: number): NDArray {
  const random = generator(5);
  return array(
    Float32Array.from({ length: ROWS * width }, () => 12 * (random() - 0.5)),
    { shape: [ROWS, width] },
  );
}

describe('a row alone has the bits that it has in a batch', () => {
  it.each(['relu', 'gelu', 'elu', 'silu', 'tanh', 'softplus', 'sigmoid'] as const)('with %s', (activation) => {
    const layers = [nn.dense(33, { activation }), nn.dense(130, { activation }), nn.dense(7), nn.activation('softmax')];
    const model = nn.sequential(layers).build([19], { seed: 1 });
    const x = rows(19);
    const whole = predictSync(model, x).data;
    for (const count of [1, 2, 5]) {
      for (let row = 0; row + count <= ROWS; row += 13) {
        const part = predictSync(model, x.slice(row, row + count)).data;
        expect(part).toEqual(whole.slice(7 * row, 7 * (row + count)));
      }
    }
  });
});
