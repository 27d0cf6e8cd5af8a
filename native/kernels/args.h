// Argument structs of the kernels. Each is relocatable as bytes: pointers inside point to data
// buffers only (the program patches them), and arrays that belong to the struct are reached by
// byte offsets from the struct's own address.
#pragma once

#include "table.h"

namespace slalom {

constexpr int kMaxRank = 8;        // rank of an iteration space after collapsing
constexpr int64_t kTile = 256;     // elements a tile program works on at a time
constexpr int kMaxRegisters = 48;  // inputs and temporaries of one tile program

// How a tile program reads an input.
enum class Source : uint8_t {
  direct,    // dense 4-byte memory
  dense,     // dense bytes
  fixed,     // one element
  repeated,  // a dense pattern of at most kTile elements along the space
  strided,   // anything else
};

// An input of a tile program, read at coordinate (i0, i1, ...) of the iteration space from
// data[sum(i_d * stride[d])] (strides in elements; 0 broadcasts, negative flips) and converted
// from its storage to its lane. Input j fills register j.
struct TileInput {
  const void* data;
  int64_t stride[kMaxRank];
  Storage storage;
  Lane lane;
  int16_t under = -1;  // the output that lies in the same memory, element on element; -1: none
  Source source;       // by noteAccess, as is what follows
  int64_t period;      // elements until it begins again; 0: not at all, or not as a whole
};

inline bool isInOrder(const TileInput& input) {
  return input.source == Source::direct || input.source == Source::dense;
}

// One pointwise step: register dst = fn(registers a, b, c); -1 = unused.
struct TileStep {
  PointwiseFn fn;
  int16_t dst, a, b, c;
  int16_t target = -1;  // the output whose memory it computes in, by noteAccess; -1: a register
};

// Stores a register, converted from its lane to its storage, at data[sum(i_d * stride[d])].
struct TileOutput {
  void* data;
  int64_t stride[kMaxRank];
  Storage storage;
  Lane lane;
  int16_t reg;
  bool dense;    // by noteAccess, as is what follows
  int16_t step;  // the last that computes it; -1: an input passed on
  bool there;    // computed in its memory
};

// A fused region: for every coordinate of a row-major iteration space, load, compute, store.
// Dimensions are collapsed by whoever builds it (rank 0 = one element). Steps are in order; they
// may reuse temporary registers, never an input's.
struct TileProgram {
  int32_t rank;
  int64_t dims[kMaxRank];
  int64_t count;  // product of dims
  int32_t inputCount, stepCount, outputCount, registerCount;
  int32_t inputs, steps, outputs;  // byte offsets from this struct
  bool wide;                       // 8-byte lanes
  bool follows;                    // a product: input 0, given with every range of elements
  bool far;                        // what lies in order is more than the caches hold; by noteAccess, as is what follows
  int64_t row;                     // elements whose multiples no tile crosses; 0: tiles go on
  int64_t most;                    // elements of a tile
};

inline TileInput* tileInputs(const TileProgram* p) {
  return reinterpret_cast<TileInput*>(reinterpret_cast<char*>(const_cast<TileProgram*>(p)) + p->inputs);
}
inline TileStep* tileSteps(const TileProgram* p) {
  return reinterpret_cast<TileStep*>(reinterpret_cast<char*>(const_cast<TileProgram*>(p)) + p->steps);
}
inline TileOutput* tileOutputs(const TileProgram* p) {
  return reinterpret_cast<TileOutput*>(reinterpret_cast<char*>(const_cast<TileProgram*>(p)) + p->outputs);
}

// Notes how a program whose arrays are in place reads its inputs and writes its outputs, so that no call
// has to find out.
void noteAccess(TileProgram* p);

// A pointwise kernel is a tile program and nothing else. Also every copy, cast and strided move.
struct PointwiseArgs {
  TileProgram program;  // its arrays follow it
};

// Of the operands of a product: f32; the sum of two bfloat16 (16 bits of mantissa); bfloat16 (8 bits). Sums are f32.
// Where this machine has no matrix unit for it, or the product is too small to gain by it, all are the highest.
enum class MatmulPrecision : uint8_t { highest, high, medium };

// c[batch] = a[batch] · b[batch], c dense row-major [batch..., m, n]; element (i, p) of a at
// a[i * aRow + p * aCol]. Batch dimensions are collapsed; a stride of 0 broadcasts an operand.
// Numerics, of the highest precision: per element one ascending fma chain per segment of 4,096
// along k, segment sums added in ascending order; k = 0 gives 0. Every path (one row, small,
// packed, batched) gives these bits. With an epilogue, the finished element is register 0 of a tile program that
// follows, whose iteration space is that of c; its outputs say where results go. Where c is transient it serves the
// epilogue alone: where CallPlan::product says so the caller gives memory for it, which no output shares, else rows of
// it pass through scratch. Outputs may then be inputs.
struct MatmulArgs {
  const void* a;
  const void* b;
  void* c;
  void* workspace;  // CallPlan::workspace bytes, 64-byte aligned
  int64_t m, n, k;
  int64_t aRow, aCol, bRow, bCol;
  int32_t batchRank;
  int64_t batchDims[kMaxRank], aBatch[kMaxRank], bBatch[kMaxRank];
  Storage storage;            // kStoreF32 or kStoreF64
  MatmulPrecision precision;  // of f32
  int32_t epilogue;           // byte offset of a TileProgram from this struct, 0 = none
  bool transient;             // c is no result
  bool measured;              // a call of its own clears `greatest` first; there is no epilogue
  void* greatest;             // becomes the greatest magnitude in c; NaN if an element is
};

enum ReduceKind : uint8_t { kReduceSum, kReduceMax, kReduceMin, kReduceAny, kReduceAll, kReduceArgMax, kReduceArgMin };

// out[o, i] = reduce over r of value[o, r, i]; the value is register `reg` of the prologue, whose
// iteration space, row-major, is [outer, length, inner] collapsed in any way that keeps the
// order. out is dense; argMax and argMin write i32 (first of equals; the first NaN wins).
// max and min propagate NaN. Sum: blocks of 4,096 along the reduced axis; inner = 1: 16
// interleaved lanes (lane j takes elements j, j + 16, ...), combined pairwise
// ((0+8)+(4+12))+... as a fixed halving tree 16 → 8 → 4 → 2 → 1; inner > 1: ascending along the
// reduced axis, lanes over the kept elements. Block sums in a fixed pairwise tree. An empty
// reduction gives the identity (0, -Inf, +Inf, false, true).
struct ReduceArgs {
  void* out;
  void* workspace;
  int64_t outer, length, inner;
  ReduceKind kind;
  Storage storage;  // of out
  Lane lane;        // of the value
  int16_t reg;
  int32_t prologue;  // byte offset of a TileProgram without outputs
};

enum SoftmaxKind : uint8_t { kSoftmax, kLogSoftmax };

// Row-wise, numerically stable (row maximum subtracted). x and y dense [rows, cols].
struct SoftmaxArgs {
  const void* x;
  void* y;
  int64_t rows, cols;
  SoftmaxKind kind;
  Storage storage;
};

// loss[r] = logsumexp(x[r]) - x[r, label[r]]; probs[r] = softmax(x[r]). probs may be null.
// A label outside [0, cols) gives loss 0 and is reported in fault (see GatherArgs), except
// ignoreIndex, which gives loss 0 without a fault.
struct CrossEntropyArgs {
  const void* x;
  const int32_t* labels;
  void* loss;
  void* probs;
  int64_t* fault;
  int64_t rows, cols;
  int64_t ignoreIndex;  // INT64_MIN = none
  Storage storage;
};

// out[r] = source[index[r]] for rows of rowSize elements. An index outside [0, sourceRows)
// gives a row of zeros and lowers *fault (initially INT64_MAX) to r, atomically: the first bad
// position, whatever the thread count.
struct GatherArgs {
  const void* source;
  const int32_t* index;
  void* out;
  int64_t* fault;
  int64_t sourceRows, count, rowSize;
  Storage from, to;  // converted on the way
};

// out = base (or zeros if null); then out[index[r]] += update[r] for r ascending.
struct ScatterAddArgs {
  const void* base;
  const int32_t* index;
  const void* update;
  void* out;
  int64_t* fault;
  int64_t outRows, count, rowSize;
  Storage storage;
};

// Sorts each row, stably; NaN last in either direction. Writes the first `keep` of each row:
// values [rows, keep] and their positions [rows, keep]; either may be null.
struct SortArgs {
  const void* x;
  void* values;
  int32_t* indices;
  void* workspace;
  int64_t rows, cols, keep;
  bool descending;
  Storage storage;
};

enum RandomKind : uint8_t { kRandomUniform, kRandomNormal };

// x = factor * x + addend, again and again, over independent x.
struct MultiplyAddArgs {
  float factor, addend;
};
constexpr size_t kPeakScratch = 4096;

// Philox4x32-10 with the 64-bit key and counter (element / 4, step): word e % 4 gives element e.
// Uniform: low + (high - low) * (word >> 8) * 2^-24, in [low, high). Normal: Box-Muller on the
// word pairs of a block, mean low, deviation high. step is read when the call runs; null = 0.
struct RandomArgs {
  void* out;
  const int32_t* step;  // counts as unsigned
  uint64_t key;
  int64_t count;
  double low, high;
  RandomKind kind;
  Storage storage;
};

}  // namespace slalom
