/** Programs that are compiled when they are first needed, by the thread that needs them. */

import { describe, expect, it } from 'vitest';
import { array, compile, OptionError, ShapeError, type Tensor, variable } from '../../src/index.js';
import { addon } from '../../src/native/addon.js';
import type { NativeGraph, NativeVariable } from '../../src/native/binding.js';
import { fromNative } from '../../src/native/errors.js';
import { openTrace, traceAtOnce, traceInParts } from '../../src/tensor/trace.js';
import { Variable } from '../../src/tensor/variable.js';
import { onlyEpoch } from '../../src/train/epochSums.js';
import { rejection } from '../train/toy.js';

const ROWS = 6;

/** total ← total + the sum of a batch of x; its output is that sum. */
function summing(batch: number): NativeGraph {
  const graph = addon.graph();
  const total = graph.input('state', 'total', 'f32', []);
  const x = graph.input('argument', 'x', 'f32', [batch]);
  const sum = graph.emit('sum', [x], { axes: [0] });
  graph.output(sum);
  graph.commit(total, graph.emit('add', [total, sum]), true);
  return graph;
}

const numbers = () =>
  addon.array(
    Float32Array.from({ length: ROWS }, (_, i) => i + 1),
    'f32',
    [ROWS],
  );
const zero = () => addon.variable('f32', [], addon.zeros('f32', []));

function open(total: NativeVariable) {
  const checked = summing(2);
  const programs = [{ batch: 2, program: addon.program(checked), checked }];
  const data = { rows: ROWS, batchSize: 2, shuffle: false, seed: 0, dropLast: false };
  return addon.session({ programs, variables: [total], columns: [numbers()], ...data, scalars: 0, lease: true, pin: false });
}

const chunk = (steps: number) => ({ epoch: 0, batch: 0, steps, scalars: new Float32Array(0), perStep: false });

describe('a session whose programs are compiled later', () => {
  it('is ready, then runs as any other', async () => {
    const total = zero();
    const session = open(total);
    const order: string[] = [];
    const ready = session.ready().then(() => order.push('ready'));
    const run = session.run(chunk(3)).then((result) => order.push(result.stop));
    await Promise.all([ready, run]);
    expect(order).toEqual(['ready', 'done']);
    await session.close();
    expect(total.read().read()).toEqual(Float32Array.of(21));
  });

  it('has its leases at once', async () => {
    const total = zero();
    const session = open(total);
    expect(total.leased).toBe(true);
    expect(() => open(total)).toThrow('another run is training these variables');
    expect(() => total.write(addon.zeros('f32', []))).toThrow();
    await session.close();
    expect(total.leased).toBe(false);
  });

  it('is refused with the error of one that is compiled before', async () => {
    const wrong = addon.graph();
    wrong.output(wrong.input('argument', 'x', 'f32', [3]));
    const options = { rows: ROWS, batchSize: 2, shuffle: false, seed: 0, dropLast: false, scalars: 0, lease: false, pin: false };
    const make = (program: ReturnType<typeof addon.program>) =>
      addon.session({ programs: [{ batch: 2, program, checked: wrong }], variables: [], columns: [numbers()], ...options });
    const later = make(addon.program(wrong));
    const errors = [await rejection(later.ready()), await rejection(later.run(chunk(1))), await rejection(later.ready())];
    expect(() => make(addon.compile(wrong))).toThrow(errors[0]!.message);
    expect(new Set(errors.map(({ code, message }) => `${code} ${message}`)).size).toBe(1);
    expect(fromNative(errors[0])).toBeInstanceOf(ShapeError);
    await later.close();
  });

  it('can be aborted, asked for its variables and closed while it is compiled', async () => {
    const total = zero();
    const session = open(total);
    session.abort(); // before the run, which might end while this thread waits for a processor
    const run = session.run(chunk(3));
    const seen = session.snapshot();
    const closed = session.close();
    expect(await run).toMatchObject({ steps: 0, stop: 'aborted' });
    expect((await seen)[0]!.read()).toEqual(Float32Array.of(0));
    await closed;
    expect(total.leased).toBe(false);
    expect(() => session.ready()).toThrow('closed');
  });

  it('goes on with sums that it is given, and refuses what is none', async () => {
    const session = open(zero());
    const first = onlyEpoch(await session.run({ ...chunk(1), sums: Float64Array.of(1000) })).sums[0]!;
    const second = onlyEpoch(await session.run(chunk(1))).sums[0]!;
    expect(first).toBeGreaterThanOrEqual(1000);
    expect(second).toBeLessThan(1000);
    expect(() => session.run({ ...chunk(1), sums: [1] as never })).toThrow('sums: expected a Float64Array');
    expect(await rejection(session.run({ ...chunk(1), sums: Float64Array.of(1, 2) }))).toMatchObject({
      message: expect.stringContaining('expected 1 sums, found 2'),
    });
    await session.close();
  });

  it('gives copies of some variables', async () => {
    const session = open(zero());
    expect(await session.snapshot([])).toEqual([]);
    expect((await session.snapshot([0])).map((copy) => copy.shape)).toEqual([[]]);
    expect(() => session.snapshot([1])).toThrow('no such variable');
    expect(() => session.snapshot(['0' as never])).toThrow('expected a number');
    await session.close();
  });
});

it('nothing is added to a graph that is compiled', () => {
  const graph = summing(2);
  const program = addon.program(graph);
  for (const use of [
    () => graph.scalar(1, 'f32'),
    () => graph.output(0),
    () => graph.setScope('a'),
    () => graph.input('argument', 'z', 'f32', []),
  ]) {
    expect(use).toThrow('this graph is being compiled');
  }
  expect(graph.toString()).toContain('sum');
  expect(graph.widened().toString()).toContain('f64');
  expect(program.flops).toBeGreaterThanOrEqual(0);
  expect(program.toString()).toContain('total');
});

describe('a function that is compiled later', () => {
  it('gives the same by calls beside each other, on this thread and off it', async () => {
    const f = compile((x: Tensor) => x.square().sum());
    const x = array([1, 2, 3]);
    const [first, second] = [f(x), f(x)];
    expect(f.sync(x).item()).toBe(14);
    expect([(await first).item(), (await second).item()]).toEqual([14, 14]);
  });

  it('keeps the order of calls that write', async () => {
    const count = variable(array(0), { name: 'count' });
    const step = compile(() => {
      const next = count.read().mul(2).add(1);
      count.assign(next);
      return next;
    });
    const seen = await Promise.all(Array.from({ length: 5 }, () => step()));
    expect(seen.map((value) => value.item())).toEqual([1, 3, 7, 15, 31]);
  });

  it('is refused for variables that do not fit, however it is called', async () => {
    const graph = summing(2);
    const make = (program: ReturnType<typeof addon.program>) => addon.bind(program, [addon.variable('f32', [2], addon.zeros('f32', [2]))]);
    const later = make(addon.program(graph));
    const x = addon.zeros('f32', [2]);
    const { message, code } = await rejection(later.call([x]));
    expect(code).toBe('SHAPE');
    expect(() => later.callSync([x])).toThrow(message);
    expect(() => later.pin()).toThrow(message);
    expect(() => make(addon.compile(graph))).toThrow(message);
  });
});

describe('an array that was released', () => {
  it('cannot be read any more; what shares its memory can', () => {
    const whole = addon.array(Float32Array.of(1, 2, 3), 'f32', [3]);
    const part = whole.slice(1, 3);
    whole.release();
    whole.release();
    for (const use of [() => whole.read(), () => whole.slice(0, 1), () => whole.range(), () => whole.readInto(new Float32Array(1), 0)]) {
      expect(use).toThrow('released');
    }
    expect(whole.shape).toEqual([3]);
    expect(part.read()).toEqual(Float32Array.of(2, 3));
  });
});

it('elements are read into an array of their kind, within bounds', () => {
  const source = addon.array(Float32Array.of(1, 2, 3), 'f32', [3]);
  const target = new Float32Array(2);
  source.readInto(target, 1);
  expect(target).toEqual(Float32Array.of(2, 3));
  source.readInto(new Float32Array(0), 3);
  for (const [begin, into] of [
    [2, target],
    [-1, target],
    [4, new Float32Array(0)],
  ] as const) {
    expect(() => source.readInto(into, begin)).toThrow('not all of f32[3]');
  }
  expect(() => source.readInto(new Float64Array(1), 0)).toThrow('Float32Array');
  expect(() => source.readInto([1] as never, 0)).toThrow('typed array');
});

describe('a trace in parts', () => {
  const doubled = { name: 'parts' };

  it('lets others trace in its pauses, and gives the same program', async () => {
    const other = compile((x: Tensor) => x.add(1));
    let pauses = 0;
    const body = function* (context: Parameters<Parameters<typeof traceAtOnce>[1]>[0]) {
      const x = context.argument('x', { dtype: 'f32', shape: [2] });
      const twice = context.withScope('first', () => x.mul(2));
      yield;
      context.output(context.withScope('second', () => twice.square()));
      return 'done';
    };
    const pending = traceInParts(doubled, body);
    expect(openTrace()).toBeUndefined();
    expect(other.sync(array([1, 2])).toArray()).toEqual([2, 3]);
    pauses++;
    const { graph, result } = await pending;
    const whole = traceAtOnce(doubled, body);
    expect([result, pauses]).toEqual(['done', 1]);
    expect(graph.toString()).toBe(whole.graph.toString());
  });

  it('is given up as a whole if a later part fails', async () => {
    let kept: Tensor | undefined;
    let undone = 0;
    const pending = traceInParts(doubled, function* (context) {
      context.onFailure(() => undone++);
      kept = context.argument('x', { dtype: 'f32', shape: [2] });
      yield;
      kept.add(array([1, 2, 3]));
    });
    expect(await rejection(pending)).toBeInstanceOf(ShapeError);
    expect(undone).toBe(1);
    expect(openTrace()).toBeUndefined();
    expect(() => compile(() => kept!.add(1)).sync()).toThrow('belongs to a trace that has ended');
  });

  it('refuses tensors of the trace in other traces meanwhile', async () => {
    let inside: Tensor | undefined;
    const pending = traceInParts(doubled, function* (context) {
      inside = context.argument('x', { dtype: 'f32', shape: [] });
      yield;
      context.output(inside);
    });
    expect(() => compile(() => inside!.add(1)).sync()).toThrow('belongs to another function that is being traced');
    expect((await pending).variables).toEqual([]);
  });
});

it('kernels that this machine has not are refused at once', () => {
  expect(() => addon.program(summing(2), { isa: 'abacus' })).toThrow("this machine cannot run kernels 'abacus'");
  expect(fromNative(new Error('no error of the core'))).not.toBeInstanceOf(OptionError);
});

it('variables may come to be in a later part', async () => {
  const cell = new Variable({ shape: [], dtype: 'f32', name: 'late', init: () => array(3) });
  const { variables } = await traceInParts({ name: 'parts' }, function* (context) {
    yield;
    context.output(cell.read().add(1));
  });
  expect(variables).toEqual([cell]);
});
