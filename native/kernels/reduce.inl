// Reductions over [outer, length, inner] with a tile program as prologue. The order of every sum
// is that of ReduceArgs (args.h), whatever the vector width and the threads.
#pragma once

#include "pointwise.inl"
#include "tile.inl"
#include "vec_fold.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kBlock = 4096;  // elements along the reduced axis that are summed in one go
constexpr int64_t kColumns = 64;  // kept elements that a task of the inner > 1 form takes

SLALOM_INLINE const TileProgram& prologueOf(const ReduceArgs* a) {
  return *reinterpret_cast<const TileProgram*>(reinterpret_cast<const char*>(a) + a->prologue);
}

// The values of a range: computed tile by tile, or read where they lie.
struct Values {
  Tiles tiles;
  int16_t reg;
  bool direct;

  // Longest range that `at` may be asked for.
  SLALOM_INLINE int64_t longest() const { return direct ? INT64_MAX : kTile; }
  SLALOM_INLINE const void* at(int64_t begin, int64_t n) {
    evaluateTile(tiles, begin, n);
    return tiles.at[reg];
  }
};

SLALOM_INLINE void beginValues(Values& v, const ReduceArgs* a, void* scratch) {
  beginTiles(v.tiles, scratch, false, kTile);
  v.reg = a->reg;
  const TileProgram& p = v.tiles.p;
  v.direct = p.stepCount == 0 && v.tiles.access[a->reg] == Access::dense &&
             sameBits(v.tiles.inputs[a->reg].storage, v.tiles.inputs[a->reg].lane);
}

// Tasks [first, last) of a tile: all of them when the work is too little for a second thread.
struct TaskRange {
  int64_t first, last;
};

SLALOM_INLINE bool isSmall(const ReduceArgs* a) { return a->outer * a->length * a->inner < 16384; }

SLALOM_INLINE TaskRange tasksOf(const ReduceArgs* a, int64_t tasks, int64_t begin, int64_t end) {
  return isSmall(a) ? TaskRange{0, tasks} : TaskRange{begin, end};
}

// ---- kinds -------------------------------------------------------------------------------------

struct SumF {
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return add(a, b); }
};
struct MaxOfF {
  static SLALOM_INLINE F identity() { return splat(-kInfinity); }
  static SLALOM_INLINE F apply(F a, F b) { return maximum(a, b); }
};
struct MinOfF {
  static SLALOM_INLINE F identity() { return splat(kInfinity); }
  static SLALOM_INLINE F apply(F a, F b) { return minimum(a, b); }
};
struct SumI {
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return asF(addI(asI(a), asI(b))); }
};
struct MaxOfI {
  static SLALOM_INLINE F identity() { return asF(splatI(INT32_MIN)); }
  static SLALOM_INLINE F apply(F a, F b) { return MaxI::apply(a, b); }
};
struct MinOfI {
  static SLALOM_INLINE F identity() { return asF(splatI(INT32_MAX)); }
  static SLALOM_INLINE F apply(F a, F b) { return MinI::apply(a, b); }
};
struct AnyM {
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return OrM::apply(a, b); }
};
struct AllM {
  static SLALOM_INLINE F identity() { return asF(splatI(-1)); }
  static SLALOM_INLINE F apply(F a, F b) { return AndM::apply(a, b); }
};

// One lane at a time through the vector form: same bits, no second definition.
template <typename Op>
SLALOM_INLINE float combineOne(float a, float b) {
  float out[W];
  store(out, Op::apply(splat(a), splat(b)));
  return out[0];
}

// A fixed pairwise tree over count partial results, in place: neighbours, then neighbours of those.
template <typename Op>
SLALOM_INLINE float foldTree(float* partials, int64_t count, int64_t stride) {
  for (int64_t width = 1; width < count; width *= 2) {
    for (int64_t i = 0; i + width < count; i += 2 * width) {
      partials[i * stride] = combineOne<Op>(partials[i * stride], partials[(i + width) * stride]);
    }
  }
  return partials[0];
}

SLALOM_INLINE int64_t blocksOf(const ReduceArgs* a) { return a->length > kBlock ? (a->length + kBlock - 1) / kBlock : 1; }

SLALOM_INLINE void writeResult(const ReduceArgs* a, int64_t index, float value) {
  if (a->storage == kStoreBool) {
    union {
      float f;
      int32_t i;
    } bits = {value};
    static_cast<uint8_t*>(a->out)[index] = static_cast<uint8_t>(bits.i & 1);
  } else {
    static_cast<float*>(a->out)[index] = value;
  }
}

// ---- inner = 1 -----------------------------------------------------------------------------------

// Reduces elements [begin, begin + n), n <= kBlock, in 16 interleaved lanes.
template <typename Op>
SLALOM_INLINE float reduceBlock(Values& values, int64_t begin, int64_t n) {
  F lanes[kVectors];
  for (int v = 0; v < kVectors; ++v) lanes[v] = Op::identity();
  for (int64_t done = 0; done < n;) {
    int64_t part = n - done;
    if (part > values.longest()) part = values.longest();  // a multiple of 16
    const auto* x = static_cast<const float*>(values.at(begin + done, part));
    int64_t i = 0;
    for (; i + kLanes <= part; i += kLanes) {
      for (int v = 0; v < kVectors; ++v) lanes[v] = Op::apply(lanes[v], load(x + i + v * W));
    }
    if (i < part) {
      float rest[kLanes];
      for (int v = 0; v < kVectors; ++v) store(rest + v * W, Op::identity());
      // Only lanes that have an element change; identity + x could turn -0 into 0 elsewhere.
      for (int64_t k = i; k < part; ++k) rest[k - i] = x[k];
      const int64_t count = part - i;
      for (int v = 0; v < kVectors; ++v) {
        const int64_t here = count - v * W;
        if (here <= 0) break;
        const F next = Op::apply(lanes[v], load(rest + v * W));
        if (here >= W) {
          lanes[v] = next;
        } else {
          float merged[W], fresh[W];
          store(merged, lanes[v]);
          store(fresh, next);
          for (int64_t k = 0; k < here; ++k) merged[k] = fresh[k];
          lanes[v] = load(merged);
        }
      }
    }
    done += part;
  }
  return foldLanes<Op>(lanes);
}

// Rows that one task takes, when rows are short.
SLALOM_INLINE int64_t rowsPerTask(const ReduceArgs* a) {
  const int64_t rows = 32768 / (a->length + 16);
  return rows < 1 ? 1 : rows;
}

template <typename Op>
void reduceRows(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values{{prologueOf(a), nullptr, nullptr, nullptr, nullptr, {}, {}, {}, false, 0}, 0, false};
  beginValues(values, a, scratch);
  const int64_t each = rowsPerTask(a);
  const int64_t last = end * each < a->outer ? end * each : a->outer;
  for (int64_t row = begin * each; row < last; ++row) {
    writeResult(a, row, reduceBlock<Op>(values, row * a->length, a->length));
  }
}

// Long rows: task (row, block) leaves a partial result; the second call folds them.
template <typename Op>
void reduceLongBlocks(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values{{prologueOf(a), nullptr, nullptr, nullptr, nullptr, {}, {}, {}, false, 0}, 0, false};
  beginValues(values, a, scratch);
  const int64_t blocks = blocksOf(a);
  const TaskRange range = tasksOf(a, a->outer * blocks, begin, end);
  for (int64_t task = range.first; task < range.last; ++task) {
    const int64_t row = task / blocks, block = task % blocks;
    const int64_t left = a->length - block * kBlock;
    const int64_t n = left < kBlock ? left : kBlock;
    static_cast<float*>(a->workspace)[task] = reduceBlock<Op>(values, row * a->length + block * kBlock, n);
  }
}

template <typename Op>
void foldLongBlocks(const void* args, int64_t, int64_t, void*) {
  auto* a = static_cast<const ReduceArgs*>(args);
  const int64_t blocks = blocksOf(a);
  for (int64_t row = 0; row < a->outer; ++row) {
    writeResult(a, row, foldTree<Op>(static_cast<float*>(a->workspace) + row * blocks, blocks, 1));
  }
}

// ---- inner > 1 -----------------------------------------------------------------------------------

// Columns [c0, c0 + n) of one block of rows, ascending, into sums[0 .. n).
template <typename Op>
SLALOM_INLINE void reduceColumns(Values& values, const ReduceArgs* a, int64_t outer, int64_t block, int64_t c0, int64_t n,
                                 float* sums) {
  for (int64_t i = 0; i < n; i += W) {
    if (i + W <= n) store(sums + i, Op::identity());
    else storePart(sums + i, Op::identity(), n - i);
  }
  const int64_t first = block * kBlock;
  const int64_t last = first + kBlock < a->length ? first + kBlock : a->length;
  // Short rows are evaluated several at a time.
  const bool whole = n == a->inner && n <= kTile / 2;
  const int64_t rowsAtOnce = whole ? kTile / n : 1;
  for (int64_t r = first; r < last; r += rowsAtOnce) {
    const int64_t rows = r + rowsAtOnce <= last ? rowsAtOnce : last - r;
    const auto* x = static_cast<const float*>(values.at((outer * a->length + r) * a->inner + c0, whole ? rows * n : n));
    for (int64_t k = 0; k < rows; ++k, x += n) {
      int64_t i = 0;
      for (; i + W <= n; i += W) store(sums + i, Op::apply(load(sums + i), load(x + i)));
      if (i < n) storePart(sums + i, Op::apply(loadPart(sums + i, n - i), loadPart(x + i, n - i)), n - i);
    }
  }
}

SLALOM_INLINE int64_t columnTasks(const ReduceArgs* a) { return (a->inner + kColumns - 1) / kColumns; }

// Task (outer, block, columns): straight to the result when there is one block.
template <typename Op>
void reduceColumnBlocks(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values{{prologueOf(a), nullptr, nullptr, nullptr, nullptr, {}, {}, {}, false, 0}, 0, false};
  beginValues(values, a, scratch);
  const int64_t blocks = blocksOf(a), groups = columnTasks(a);
  const TaskRange range = tasksOf(a, a->outer * blocks * groups, begin, end);
  for (int64_t task = range.first; task < range.last; ++task) {
    const int64_t group = task % groups, block = task / groups % blocks, outer = task / groups / blocks;
    const int64_t c0 = group * kColumns;
    const int64_t n = c0 + kColumns <= a->inner ? kColumns : a->inner - c0;
    float sums[kColumns];
    reduceColumns<Op>(values, a, outer, block, c0, n, sums);
    if (blocks == 1) {
      for (int64_t i = 0; i < n; ++i) writeResult(a, outer * a->inner + c0 + i, sums[i]);
    } else {
      auto* out = static_cast<float*>(a->workspace) + (outer * blocks + block) * a->inner + c0;
      for (int64_t i = 0; i < n; ++i) out[i] = sums[i];
    }
  }
}

template <typename Op>
void foldColumnBlocks(const void* args, int64_t, int64_t, void*) {
  auto* a = static_cast<const ReduceArgs*>(args);
  const int64_t blocks = blocksOf(a);
  for (int64_t outer = 0; outer < a->outer; ++outer) {
    auto* partials = static_cast<float*>(a->workspace) + outer * blocks * a->inner;
    for (int64_t i = 0; i < a->inner; ++i) {
      writeResult(a, outer * a->inner + i, foldTree<Op>(partials + i, blocks, a->inner));
    }
  }
}

// ---- plan ----------------------------------------------------------------------------------------

template <typename Op>
void planKind(const ReduceArgs* a, CallPlan* plan) {
  *plan = {};
  const int64_t kept = a->outer * a->inner;
  if (kept == 0) return;
  const size_t scratch = tileScratchBytes(prologueOf(a));
  const int64_t blocks = blocksOf(a);
  if (a->inner > 1) {
    const int64_t tasks = a->outer * blocks * columnTasks(a);
    plan->calls[plan->count++] = {reduceColumnBlocks<Op>, a, tasks, scratch};
    if (blocks > 1) plan->calls[plan->count++] = {foldColumnBlocks<Op>, a, 1, 0};
  } else if (blocks > 1) {
    plan->calls[plan->count++] = {reduceLongBlocks<Op>, a, a->outer * blocks, scratch};
    plan->calls[plan->count++] = {foldLongBlocks<Op>, a, 1, 0};
  } else {
    const int64_t each = rowsPerTask(a);
    plan->calls[plan->count++] = {reduceRows<Op>, a, (a->outer + each - 1) / each, scratch};
  }
  plan->workspace = blocks > 1 ? static_cast<size_t>(kept * blocks) * 4 : 0;
  if (isSmall(a)) {
    for (int i = 0; i < plan->count; ++i) plan->calls[i].tiles = 1;
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
