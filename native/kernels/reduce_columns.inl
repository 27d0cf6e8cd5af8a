// Reductions of an axis before the last (inner > 1): ascending along it, lanes over kept elements.
#pragma once

#include "reduce_values.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kGroupVectors = 8;  // of columns in memory, whose sums stay in registers

// Kept elements that a task takes.
SLALOM_INLINE int64_t columnsEach(bool inMemory) { return inMemory ? kGroupVectors * W : kTile; }

// V vectors of columns over `rows` rows, combined with what sums holds.
template <typename Op, int V>
SLALOM_INLINE void combineRows(float* sums, const float* x, int64_t rows, int64_t rowStep) {
  F acc[V];
  for (int v = 0; v < V; ++v) acc[v] = load(sums + v * W);
  for (int64_t r = 0; r < rows; ++r, x += rowStep) {
    for (int v = 0; v < V; ++v) acc[v] = Op::apply(acc[v], load(x + v * W));
  }
  for (int v = 0; v < V; ++v) store(sums + v * W, acc[v]);
}

template <typename Op>
SLALOM_INLINE void combineRowsPart(float* sums, const float* x, int64_t rows, int64_t rowStep, int64_t n) {
  F acc = load(sums);
  for (int64_t r = 0; r < rows; ++r, x += rowStep) acc = Op::apply(acc, loadPart(x, n));
  store(sums, acc);
}

// sums[0 .. n) with rows of n elements; sums has room for whole vectors.
template <typename Op>
SLALOM_INLINE void combineColumns(float* sums, const float* x, int64_t rows, int64_t rowStep, int64_t n) {
  int64_t c = 0;
  for (; c + kGroupVectors * W <= n; c += kGroupVectors * W)
    combineRows<Op, kGroupVectors>(sums + c, x + c, rows, rowStep);
  for (; c + 2 * W <= n; c += 2 * W) combineRows<Op, 2>(sums + c, x + c, rows, rowStep);
  for (; c + W <= n; c += W) combineRows<Op, 1>(sums + c, x + c, rows, rowStep);
  if (c < n) combineRowsPart<Op>(sums + c, x + c, rows, rowStep, n - c);
}

// Columns [c0, c0 + n) of one block of rows.
template <typename Op>
SLALOM_INLINE void reduceColumns(Values& values, const ReduceArgs* a, int64_t outer, int64_t block, int64_t c0,
                                 int64_t n, float* sums) {
  for (int64_t i = 0; i < n; i += W) store(sums + i, Op::identity());
  const int64_t first = block * kBlock, inner = a->inner;
  const int64_t last = first + kBlock < a->length ? first + kBlock : a->length;
  const int64_t begin = (outer * a->length + first) * inner + c0;
  if (values.memory) {
    combineColumns<Op>(sums, values.memory + begin, last - first, inner, n);
    return;
  }
  // Rows that fit a tile are computed together.
  const int64_t together = n == inner ? kTile / n : 1;
  for (int64_t r = first; r < last; r += together) {
    const int64_t rows = r + together <= last ? together : last - r;
    const float* x = values.at(begin + (r - first) * inner, rows == 1 ? n : rows * n);
    combineColumns<Op>(sums, x, rows, n, n);
  }
}

SLALOM_INLINE int64_t columnTasks(const ReduceArgs* a, bool inMemory) {
  const int64_t each = columnsEach(inMemory);
  return a->outer * blocksOf(a) * ((a->inner + each - 1) / each);
}

SLALOM_INLINE bool inMemory(const ReduceArgs* a) {
  const TileProgram& p = prologueOf(a);
  return a->reg < p.inputCount && tileInputs(&p)[a->reg].source == Source::direct;
}

// Task (outer, block, columns): straight to the result when there is one block.
template <typename Op>
void reduceColumnBlocks(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values;
  beginValues<Op>(values, a, scratch);
  const int64_t each = columnsEach(values.memory != nullptr), blocks = blocksOf(a);
  const int64_t groups = a->inner <= each ? 1 : (a->inner + each - 1) / each;
  const bool small = a->outer * a->length * a->inner < kSmallReduce;
  const int64_t last = small ? a->outer * blocks * groups : end;
  for (int64_t task = small ? 0 : begin; task < last; ++task) {
    const int64_t rest = groups == 1 ? task : task / groups, c0 = (task - rest * groups) * each;
    const int64_t outer = blocks == 1 ? rest : rest / blocks, block = blocks == 1 ? 0 : rest % blocks;
    const int64_t n = c0 + each <= a->inner ? each : a->inner - c0;
    float sums[kTile > kGroupVectors * W ? kTile : kGroupVectors * W];
    reduceColumns<Op>(values, a, outer, block, c0, n, sums);
    if (blocks == 1) {
      writeResults(a, outer * a->inner + c0, sums, n);
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
    float* partials = static_cast<float*>(a->workspace) + outer * blocks * a->inner;
    foldTree<Op>(partials, blocks, a->inner);
    writeResults(a, outer * a->inner, partials, a->inner);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
