/**
 * What the addon exports, typed by hand. The only callers are in `src`; no user sees these types.
 *
 * Errors thrown here are plain `Error`s with the fields of `NativeErrorFields`; `addon.ts` turns
 * them into the classes of `errors.ts`.
 */

export type DType = 'f32' | 'f64' | 'i32' | 'bool' | 'u8';

/** bool lives in a Uint8Array of 0 and 1. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface NativeErrorFields {
  code: 'SHAPE' | 'DTYPE' | 'VALUE' | 'DATA' | 'NON_FINITE' | 'BUSY' | 'INTERNAL';
  op?: string;
  /** Input types, `f32[2, 3], f32[4, 5]`. */
  inputs?: string;
  /** Layer path. */
  path?: string;
  epoch?: number;
  step?: number;
  /** Rows or positions that are to blame, where known. */
  row?: number;
}

/** An immutable dense tensor in native memory (or in a SharedArrayBuffer, read in place). */
export interface NativeArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** A fresh copy as an ordinary typed array. */
  read(): TypedArray;
  /** Copies elements from `begin` on into a typed array of its kind, as many as it holds. */
  readInto(target: TypedArray, begin: number): void;
  /**
   * Gives the memory back now and not when the garbage collector comes by: many copies of a model's
   * weights would make it come often, and it stops the event loop. Nothing can read it any more.
   */
  release(): void;
  /**
   * First row that holds NaN or an infinity and its column, or null. Rows are along axis 0. NaN is
   * no fault where `missing`, one byte for each position along the last axis, is not 0.
   */
  findNonFinite(missing?: Uint8Array): { row: number; column: number } | null;
  /** Least and greatest element, for checking labels; whole = every element is a whole number. */
  range(): { min: number; max: number; whole: boolean; firstFraction: number };
  /** How often each whole number from 0 to `classes` − 1 occurs. */
  labelCounts(classes: number): Float64Array;
  /** Rows [begin, end) along axis 0, sharing memory. */
  slice(begin: number, end: number): NativeArray;
  /** Rows along axis 0, any of them any number of times, copied. */
  take(rows: Int32Array): NativeArray;
  /** share × row + (1 − share) × the row of its partner; f32 and f64. */
  mix(partners: Int32Array, share: number): NativeArray;
  /** Same elements converted (f32→i32 saturates, NaN→0). */
  cast(dtype: DType): NativeArray;
  reshape(shape: readonly number[]): NativeArray;
}

/** A tensor that programs read and commit: a parameter, an optimizer slot, a step number. */
export interface NativeVariable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** A copy of the present value. Throws BUSY while a run leases it. */
  read(): NativeArray;
  /** Throws SHAPE or DTYPE on a mismatch, BUSY while a run leases it. */
  write(value: NativeArray): void;
  /** True while a run leases it. */
  readonly leased: boolean;
}

export type AttrValue = boolean | number | bigint | string | readonly number[] | Uint8Array;

/** A graph under construction. Values are integers; a node's results are consecutive. */
export interface NativeGraph {
  input(kind: 'argument' | 'state', name: string, dtype: DType, shape: readonly number[]): number;
  /** A constant; `data` in row-major order. */
  constant(data: TypedArray, dtype: DType, shape: readonly number[]): number;
  scalar(value: number, dtype: DType): number;
  /**
   * Appends a node; returns its first result. Throws with op, input types and path. Attribute
   * values are converted by the op's declaration (ops.gen.ts).
   */
  emit(op: string, inputs: readonly number[], attrs?: Record<string, AttrValue>, regions?: readonly NativeGraph[]): number;
  /** Number of results of the node that made this value. */
  resultCount(value: number): number;
  dtype(value: number): DType;
  shape(value: number): number[];
  /** The layer path that later nodes carry. */
  setScope(path: string): void;
  /** d(sum(y * seed))/dx for every x, appended to this graph. */
  gradient(y: number, xs: readonly number[], seed?: number): number[];
  output(value: number): void;
  commit(target: number, value: number, guarded: boolean): void;
  guard(value: number): void;
  /**
   * The same outputs with f64 in place of f32, as a function of arguments alone: this graph's
   * arguments, then the contents of its state inputs. Nothing is written, nothing guarded.
   */
  widened(): NativeGraph;
  /** The printed graph. */
  toString(): string;
}

/**
 * A compiled graph. Immutable, shareable between calls. One that is not compiled yet is compiled by
 * whatever first needs it: a session or a call on its own thread, the fields here on this one.
 */
export interface NativeProgram {
  /** The printed plan: order, shapes, bytes, fused regions, layer paths. */
  toString(): string;
  /** Multiply-adds of one run, counted two. */
  readonly flops: number;
  /** Bytes of temporary memory. */
  readonly arenaBytes: number;
  /** Calls of tile programs that are compiled ahead, by the kernels of this process. */
  readonly straightCalls: number;
}

export interface CompileOptions {
  /** Kernel table by name; default: the process's. For tests. */
  isa?: string;
  /** False runs every node by itself. */
  fuse?: boolean;
}

/**
 * A program bound to memory and variables: callable. Calls are run in order, one at a time.
 * If the program has guards and one fails, guarded commits are skipped, the run is repeated
 * unfused and checked, and the error names the first op that went non-finite.
 */
export interface NativeFunction {
  /** Runs on the calling thread. */
  callSync(args: readonly NativeArray[]): NativeArray[];
  /**
   * The same with arguments and targets in a row: results are written into typed arrays of their kinds
   * and sizes, and arguments may be such too. An array of the core is an object that V8 must watch, which
   * costs more than a small result. Nothing is written if it throws.
   */
  callInto(...operands: readonly (NativeArray | TypedArray)[]): void;
  /** Runs on the environment's engine thread; the arguments are held until then. */
  call(args: readonly NativeArray[]): Promise<NativeArray[]>;
  /** `warmUps` calls, then `repeats` with a look at the clock after every node. */
  profile(args: readonly NativeArray[], warmUps: number, repeats: number): Promise<NativeProfile>;
  /**
   * The same function over its variables as they are now: writers give them other memory. Without
   * effect for a program that writes its variables. Throws BUSY while a run leases one.
   */
  pin(): NativeFunction;
  /** Gives pinned memory back: later calls see the variables as they are then. */
  unpin(): void;
}

/** A node of a program or of the body of one of its loops; of a loop itself only its copies. */
export interface NativeProfiledNode {
  op: string;
  path: string;
  /** Of its first result. */
  type: string;
  /** Of one execution, estimated: see Work in native/runtime/program.h. */
  flops: number;
  bytesRead: number;
  bytesWritten: number;
  /** Executions at each run of the program. */
  runs: number;
  /** Of all of them together, for each repeat. */
  seconds: Float64Array;
}

export interface NativeProfile {
  nodes: NativeProfiledNode[];
  /** Of each repeat. */
  seconds: Float64Array;
  /** Of the fastest repeat: index of the node, begin, duration, in seconds from its begin; bounded. */
  timeline: Float64Array;
}

/** Rows that are in two data sets. */
export interface RowMatches {
  /** Rows of the first set that an earlier one of it equals. */
  repeated: number;
  /** Rows of the second set that the first one has too. */
  matched: number;
  /** The first of them, each with the first row that equals it. */
  pairs: { row: number; in: number }[];
}

/** One compiled batch size of a training or evaluation run. */
export interface SessionProgram {
  batch: number;
  program: NativeProgram;
  /** The unfused graph, run again when the guard refuses a step. */
  checked: NativeGraph;
}

/** A batch of rows that are not in a session's columns. */
export interface FreshBatch {
  program: SessionProgram;
  /** [program.batch, …], the program's first arguments. */
  columns: readonly NativeArray[];
  /** Of its rows in the epoch. */
  first: number;
}

/**
 * Steps over columns in memory, or over batches that every chunk brings, on an engine thread of its
 * own. Every program has the arguments: the columns in order, each [batch, ...rest of the column's
 * shape] and of the program input's dtype (converted at the gather), then `scalars` f32 scalars that
 * are given anew for every step (learning rates).
 */
export interface SessionOptions {
  programs: readonly SessionProgram[];
  /** State inputs in the order of the programs' state inputs (the same for all programs). */
  variables: readonly NativeVariable[];
  /** None: every chunk brings its batches. */
  columns: readonly NativeArray[];
  rows: number;
  batchSize: number;
  /** True: rows permuted by (seed, epoch), Philox; false: in order. */
  shuffle: boolean;
  seed: number;
  /** Leave out the last batch of an epoch when it is smaller. */
  dropLast: boolean;
  /** Number of f32 scalar arguments after the columns, given per step in RunSpec.scalars. */
  scalars: number;
  /** Variables stay leased until close(). False for evaluation. */
  lease: boolean;
  /**
   * Programs that write no variable work with them as they are now, whoever writes them before
   * close(). Those that are not compiled yet are so at once, since they say where variables lie.
   */
  pin: boolean;
}

export interface RunSpec {
  /** Epoch (from 0) and batch in the epoch (from 0) where the chunk starts. */
  epoch: number;
  batch: number;
  /** Number of steps; may cross epochs. */
  steps: number;
  /** `scalars` values per step, row by row, or one row that serves all steps. */
  scalars: Float32Array;
  /** Also return every step's outputs, not only the sums of each epoch. */
  perStep: boolean;
  /** Sums of the steps of this epoch that ran before, which its own are added to. */
  sums?: Float64Array;
  /** Rows of the columns, batchSize a step, inside one epoch; for sessions with `shuffle`. */
  order?: Int32Array;
  /** One for each step, inside one epoch. Their programs may be new to the session. */
  fresh?: readonly FreshBatch[];
}

export interface RunResult {
  /** Steps that ran; fewer than asked after an abort or a refused step. */
  steps: number;
  stop: 'done' | 'aborted' | 'refused';
  /**
   * For every epoch that the chunk touched, in order: its number from 0, steps and rows of it inside this chunk,
   * and all program outputs, flattened, summed in f64 over these steps and those before, if the chunk was given
   * their sums.
   */
  epochs: Float64Array;
  /** With perStep: outputs of every step, `steps` rows. */
  perStep?: Float64Array;
  /** When refused: which step, and what the checked run found. */
  refused?: { epoch: number; batch: number; op: string; path: string; type: string; kind: 'NaN' | 'Infinity'; rows: Int32Array };
  /** Seconds that the engine computed. */
  seconds: number;
}

export interface NativeSession {
  /** When its programs are compiled. Rejects with what compiling them throws, as every run then does. */
  ready(): Promise<void>;
  /** One chunk at a time. Rejects on data faults (an index out of range), naming the row. */
  run(spec: RunSpec): Promise<RunResult>;
  /** A run in progress ends before its next commit. */
  abort(): void;
  /** Copies of the variables at the next step boundary: of all, or of those at some places in `variables`. */
  snapshot(which?: readonly number[]): Promise<NativeArray[]>;
  /** Ends the thread, releases the leases. Idempotent; an open run is aborted first. */
  close(): Promise<void>;
}

export interface Addon {
  /** Copies an ordinary buffer; holds and reads in place a typed array over a SharedArrayBuffer. */
  array(data: TypedArray, dtype: DType, shape: readonly number[]): NativeArray;
  /** Zeros that live as long as a handle does. */
  zeros(dtype: DType, shape: readonly number[]): NativeArray;
  /** Of the numbers of `initial`, copied when somebody wants to write, or zeros whose memory nobody touches before they are used. */
  variable(dtype: DType, shape: readonly number[], initial?: NativeArray): NativeVariable;
  graph(): NativeGraph;
  /** Compiles at once. The graph may grow afterwards. */
  compile(graph: NativeGraph, options?: CompileOptions): NativeProgram;
  /** A program that is compiled when it is first needed. */
  program(graph: NativeGraph, options?: CompileOptions): NativeProgram;
  /** `checked`: the graph to run again when a guard fails. */
  bind(program: NativeProgram, variables: readonly NativeVariable[], checked?: NativeGraph): NativeFunction;
  session(options: SessionOptions): NativeSession;
  /** What this machine can do at most, a second: multiply-adds of f32 counted two, bytes copied counted two. */
  measurePeak(): Promise<{ flops: number; bytes: number }>;
  /**
   * Statistics of every column of every `step`-th row of [begin, end), added to those `before`: for
   * each column its count, mean, sum of squared differences, least and greatest number. Off the
   * JavaScript thread, as is `matchRows`.
   */
  columnStatistics(rows: NativeArray, begin: number, end: number, step: number, before?: Float64Array): Promise<Float64Array>;
  /**
   * Every `step`-th row against every `otherStep`-th of the other, byte by byte, in f64 if their dtypes
   * differ; lists at most `pairs`.
   */
  matchRows(rows: NativeArray, step: number, other: NativeArray, otherStep: number, pairs: number): Promise<RowMatches>;
  /** hash64(seed, path, n): the key of the n-th draw in a scope. */
  randomKey(seed: number, path: string, n: number): bigint;
  /**
   * Philox draws outside any graph: initial values. Uniform from `first` to `second`; normal and
   * truncatedNormal of mean `first` and deviation `second`; orthogonal times `first`.
   */
  random(
    kind: 'uniform' | 'normal' | 'truncatedNormal' | 'orthogonal',
    key: bigint,
    dtype: DType,
    shape: readonly number[],
    first: number,
    second: number,
  ): NativeArray;
  /** Elements before piece i of a pack of tensors with these sizes; the last entry is the total. */
  packOffsets(sizes: readonly number[]): number[];
  /** The order of rows in an epoch. */
  permutation(seed: number, epoch: number, rows: number): Int32Array;
  setThreads(count: number): void;
  threads(): number;
  /** Selected kernel table, and all that this machine can run. */
  isa(): string;
  isas(): string[];
  /** Whether products of reduced precision run on a matrix unit. */
  matrixUnit(): boolean;
  /** Every op of the registry, for ops.gen.ts. */
  ops(): {
    name: string;
    doc: string;
    internal: boolean;
    minInputs: number;
    maxInputs: number;
    results: number;
    attrs: { name: string; kind: string; required: boolean }[];
  }[];
  /** Bytes of native tensor memory alive in this process: arrays, variables, arenas, programs. */
  liveBytes(): number;
}
