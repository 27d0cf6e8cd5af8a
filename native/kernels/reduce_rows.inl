// Reductions of the last axis (inner = 1): sixteen interleaved lanes, then their halving tree.
#pragma once

#include "reduce_values.inl"
#include "softmax_columns.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kResultsAtOnce = 16;  // results that are written together

constexpr int64_t kLanesAhead = 1024;  // a row by itself asks for its values so many elements ahead

template <typename Op>
SLALOM_INLINE void clearLanes(F (&lanes)[kVectors]) {
  for (int v = 0; v < kVectors; ++v) lanes[v] = Op::identity();
}

// Elements 0, 1, ... of each of R rows to its lanes 0, 1, ..., ascending.
template <typename Op, int R>
SLALOM_INLINE void accumulate(F (&lanes)[R][kVectors], const float* x, int64_t n) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    SLALOM_UNROLL for (int r = 0; r < R; ++r) {
      const float* at = x + r * n + i;
      if (R == 1) prefetch(at + kLanesAhead);
      for (int v = 0; v < kVectors; ++v) lanes[r][v] = Op::apply(lanes[r][v], load(at + v * W));
    }
  }
  for (int v = 0; v < kVectors && i < n; ++v, i += W) {
    SLALOM_UNROLL for (int r = 0; r < R; ++r) {
      const float* at = x + r * n + i;
      const F next = i + W <= n ? load(at) : select(asMask(lanesBelow(n - i, 0)), loadPart(at, n - i), Op::identity());
      lanes[r][v] = Op::apply(lanes[r][v], next);
    }
  }
}

// Of a combination that knows no order: quarters run beside each other, as rows do.
template <typename Op>
SLALOM_INLINE float reduceQuarters(const float* x, int64_t n) {
  const int64_t each = n / (kBeside * kLanes) * kLanes;
  F lanes[kBeside][kVectors], rest[1][kVectors];
  SLALOM_UNROLL for (int r = 0; r < kBeside; ++r) clearLanes<Op>(lanes[r]);
  clearLanes<Op>(rest[0]);
  accumulate<Op>(lanes, x, each);
  accumulate<Op>(rest, x + kBeside * each, n - kBeside * each);
  SLALOM_UNROLL for (int r = 0; r < kBeside; ++r) {
    for (int v = 0; v < kVectors; ++v) rest[0][v] = Op::apply(rest[0][v], lanes[r][v]);
  }
  return foldLanes<Op>(rest[0]);
}

// At most kBlock elements from `begin` on.
template <typename Op>
SLALOM_INLINE float reduceBlock(Values& values, int64_t begin, int64_t n) {
  if (Op::kMagnitudes) return reduceQuarters<Op>(values.memory + begin, n);
  F lanes[1][kVectors];
  clearLanes<Op>(lanes[0]);
  for (int64_t done = 0; done < n;) {
    const int64_t part = n - done < values.longest() ? n - done : kTile;
    accumulate<Op>(lanes, values.at(begin + done, part), part);
    done += part;
  }
  return foldLanes<Op>(lanes[0]);
}

// Up to W rows of up to sixteen elements, a vector a column: the same lanes and tree.
template <typename Op>
SLALOM_INLINE F reduceColumnsOfRows(const float* x, int64_t rows, int64_t cols) {
  Columns c = {};
  loadColumns(c, x, rows, cols, x + rows * cols);
  for (int64_t k = 0; k < cols; ++k) c.v[k] = Op::apply(Op::identity(), c.v[k]);
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    for (int64_t k = 0; k + half < cols && k < half; ++k) c.v[k] = Op::apply(c.v[k], c.v[k + half]);
  }
  return c.v[0];
}

// The results of R rows, whose chains of operations run beside each other.
template <typename Op, int R>
SLALOM_INLINE void reduceRowsBeside(const float* x, int64_t cols, float* results) {
  F lanes[R][kVectors];
  SLALOM_UNROLL for (int r = 0; r < R; ++r) clearLanes<Op>(lanes[r]);
  accumulate<Op>(lanes, x, cols);
  SLALOM_UNROLL for (int r = 0; r < R; ++r) results[r] = foldLanes<Op>(lanes[r]);
}

// Rows of up to kTile elements, several in a tile.
template <typename Op>
SLALOM_INLINE void reduceShortRows(const ReduceArgs* a, Values& values, int64_t begin, int64_t end) {
  const int64_t cols = a->length;
  const int64_t each = kTile / cols < kResultsAtOnce ? kTile / cols : kResultsAtOnce;
  float results[kResultsAtOnce];
  for (int64_t row = begin; row < end; row += each) {
    const int64_t rows = row + each < end ? each : end - row;
    const float* x = values.at(row * cols, rows * cols);
    if (cols <= kShortRow) {
      for (int64_t r = 0; r < rows; r += W) {
        store(results + r, reduceColumnsOfRows<Op>(x + r * cols, rows - r < W ? rows - r : W, cols));
      }
    } else {
      int64_t r = 0;
      for (; r + kBeside <= rows; r += kBeside) reduceRowsBeside<Op, kBeside>(x + r * cols, cols, results + r);
      for (; r < rows; ++r) reduceRowsBeside<Op, 1>(x + r * cols, cols, results + r);
    }
    writeResults(a, row, results, rows);
  }
}

SLALOM_INLINE int64_t reduceRowsPerTask(const ReduceArgs* a) {
  if (a->outer * a->length < kSmallReduce) return a->outer;
  const int64_t rows = 2 * kSmallReduce / (a->length + 16);
  return rows < 1 ? 1 : rows;
}

template <typename Op>
void reduceRows(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values;
  beginValues<Op>(values, a, scratch);
  const int64_t each = reduceRowsPerTask(a);
  const int64_t last = end * each < a->outer ? end * each : a->outer;
  if (a->length > 0 && a->length <= kTile) return reduceShortRows<Op>(a, values, begin * each, last);
  int64_t row = begin * each;
  for (; values.memory && row + kBeside <= last; row += kBeside) {
    float results[kBeside];
    reduceRowsBeside<Op, kBeside>(values.at(row * a->length, a->length), a->length, results);
    writeResults(a, row, results, kBeside);
  }
  for (; row < last; ++row) {
    const float result = reduceBlock<Op>(values, row * a->length, a->length);
    writeResults(a, row, &result, 1);
  }
}

// Rows of several blocks: task (row, block) leaves a partial result; the second call folds them.
template <typename Op>
void reduceBlocks(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values;
  beginValues<Op>(values, a, scratch);
  const int64_t blocks = blocksOf(a), total = a->outer * blocks;
  const bool small = a->outer * a->length < kSmallReduce;
  const int64_t last = small ? total : end;
  auto* partials = static_cast<float*>(a->workspace);
  for (int64_t task = small ? 0 : begin, count; task < last; task += count) {
    const int64_t row = task / blocks, block = task % blocks;
    const int64_t first = row * a->length + block * kBlock, left = a->length - block * kBlock;
    // Whole blocks run beside each other as rows do.
    const bool beside = values.memory && left >= kBeside * kBlock && last - task >= kBeside;
    count = beside ? kBeside : 1;
    if (beside)
      reduceRowsBeside<Op, kBeside>(values.memory + first, kBlock, partials + task);
    else
      partials[task] = reduceBlock<Op>(values, first, left < kBlock ? left : kBlock);
  }
}

template <typename Op>
void foldBlocks(const void* args, int64_t, int64_t, void*) {
  auto* a = static_cast<const ReduceArgs*>(args);
  const int64_t blocks = blocksOf(a);
  for (int64_t row = 0; row < a->outer; ++row) {
    float* partials = static_cast<float*>(a->workspace) + row * blocks;
    foldTree<Op>(partials, blocks, 1);
    writeResults(a, row, partials, 1);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
