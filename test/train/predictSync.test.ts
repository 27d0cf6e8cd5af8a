import { describe, expect, it } from 'vitest';
import { array, compile, nn, predict, predictSync, type Tensor } from '../../src/index.js';

function network() {
  const model = nn.sequential([nn.dense(5, { activation: 'tanh' }), nn.dense(3)]);
  model.build([4], { seed: 3 });
  return model;
}

const rows = (count: number, dtype: 'f32' | 'f64' = 'f32') =>
  array(
    Float64Array.from({ length: 4 * count }, (_, i) => Math.sin(i)),
    { shape: [count, 4] },
  ).cast(dtype);

describe('predictSync', () => {
  it('has the bits of predict, whatever shapes and models take turns', async () => {
    const models = [network(), nn.sequential([nn.dense(2)]).build([4], { seed: 1 })] as const;
    for (const x of [rows(1), rows(3), rows(1, 'f64'), rows(3), rows(1), rows(7, 'f64')]) {
      for (const model of models) {
        const [now, later] = [predictSync(model, x), await predict(model, x)];
        expect(now.shape).toEqual(later.shape);
        expect(now.dtype).toBe(later.dtype);
        expect(now.data).toEqual(later.data);
      }
    }
  });

  it('refuses a number that is not finite, wherever it is', () => {
    for (const width of [1, 2, 3, 4, 5, 7, 8, 11]) {
      const model = nn.sequential([nn.dense(2)]).build([width], { seed: 1 });
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (let column = 0; column < width; column++) {
          const x = array(
            Float32Array.from({ length: width }, (_, i) => (i === column ? bad : i)),
            { shape: [1, width] },
          );
          const place = width === 1 ? 'row 0' : `row 0, column ${column}`;
          expect(() => predictSync(model, x)).toThrow(`x holds ${bad} in ${place}; expected finite numbers`);
        }
      }
    }
  });

  it('gives an array like any other: its data are a copy, made once', () => {
    const found = predictSync(network(), rows(2));
    const before = [...found.data];
    expect(found.data).toBe(found.data);
    found.data.fill(7);
    expect([...found.slice(0, 2).data]).toEqual(before);
    expect([...compile((x: Tensor) => x.add(0)).sync(found).data]).toEqual(before);
    expect(Object.isFrozen(found.shape)).toBe(true);
  });

  it('reads the weights of now', () => {
    const [model, other] = [network(), network().build([4], { seed: 3 })];
    const before = predictSync(model, rows(1));
    model.load(
      Object.fromEntries(
        Object.entries(other.state()).map(([name, value]) => [
          name,
          array(
            value.data.map((w) => w / 2),
            { shape: value.shape },
          ),
        ]),
      ),
    );
    expect(predictSync(model, rows(1)).data).not.toEqual(before.data);
  });
});
