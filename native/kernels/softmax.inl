// Softmax, log-softmax and softmax cross-entropy by rows. The sum of a row goes over sixteen
// interleaved lanes and their halving tree (vec_fold.h), so its bits depend on the row alone.
#pragma once

#include "args.h"
#include "reference.h"
#include "softmax_columns.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kSoftmaxWork = 16384;  // elements of a task, about
constexpr int64_t kGroup = 16;           // rows whose sums are finished together
constexpr int64_t kGroupWork = 4096;     // elements of such a group, which stay in the nearest cache

SLALOM_INLINE int64_t softmaxRowsPerTask(int64_t cols) {
  const int64_t rows = kSoftmaxWork / (cols + 1) / kGroup * kGroup;
  return rows < kGroup ? (kSoftmaxWork / (cols + 1) < 1 ? 1 : kSoftmaxWork / (cols + 1)) : rows;
}

SLALOM_INLINE F reciprocal(F x) { return div(splat(1.0f), x); }

// ---- long rows -----------------------------------------------------------------------------------

struct Group {
  float tops[kGroup], sums[kGroup];
};

// Maxima and sums of up to kGroup rows; with `keep` the exponentials go to y.
template <bool keep>
SLALOM_INLINE void sumGroup(Group& g, const float* x, float* y, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r) g.tops[r] = rowMaximum(x + r * cols, cols);
  int64_t r = 0;
  for (; r + 2 <= rows; r += 2) {
    exponentials<2, keep>(x + r * cols, keep ? y + r * cols : nullptr, cols, g.tops + r, g.sums + r);
  }
  for (; r < rows; ++r) {
    exponentials<1, keep>(x + r * cols, keep ? y + r * cols : nullptr, cols, g.tops + r, g.sums + r);
  }
  for (; r < kGroup; ++r) g.tops[r] = g.sums[r] = 1.0f;
}

SLALOM_INLINE int64_t groupRows(int64_t cols) {
  const int64_t rows = kGroupWork / cols;
  return rows < 1 ? 1 : rows > kGroup ? kGroup : rows;
}

SLALOM_INLINE void reciprocals(float (&values)[kGroup]) {
  for (int64_t i = 0; i < kGroup; i += W) store(values + i, reciprocal(load(values + i)));
}
SLALOM_INLINE void logarithms(float (&values)[kGroup]) {
  for (int64_t i = 0; i < kGroup; i += W) store(values + i, logF(load(values + i)));
}

SLALOM_INLINE void softmaxLong(const SoftmaxArgs* a, int64_t begin, int64_t end) {
  const int64_t cols = a->cols, each = groupRows(cols);
  for (int64_t row = begin; row < end; row += each) {
    const int64_t rows = row + each < end ? each : end - row;
    const float* x = static_cast<const float*>(a->x) + row * cols;
    float* y = static_cast<float*>(a->y) + row * cols;
    Group g;
    if (a->kind == kSoftmax) {
      sumGroup<true>(g, x, y, rows, cols);
      reciprocals(g.sums);
      for (int64_t r = 0; r < rows; ++r) scaleRow(y + r * cols, cols, g.sums[r]);
    } else {
      sumGroup<false>(g, x, nullptr, rows, cols);
      logarithms(g.sums);
      for (int64_t r = 0; r < rows; ++r) shiftRow(x + r * cols, y + r * cols, cols, g.tops[r], g.sums[r]);
    }
  }
}

// ---- short rows ----------------------------------------------------------------------------------

SLALOM_INLINE void softmaxShort(const SoftmaxArgs* a, int64_t begin, int64_t end) {
  const int64_t cols = a->cols;
  const float* readable = static_cast<const float*>(a->x) + end * cols;
  for (int64_t row = begin; row < end; row += W) {
    const int64_t rows = row + W < end ? W : end - row;
    Columns c = {};
    loadColumns(c, static_cast<const float*>(a->x) + row * cols, rows, cols, readable);
    if (a->kind == kSoftmax) {
      const F factor = reciprocal(columnExponentials(c, cols).sum);
      for (int64_t k = 0; k < cols; ++k) c.v[k] = mul(c.v[k], factor);
    } else {
      Columns e = c;
      const ColumnSums s = columnExponentials(e, cols);
      const F shift = logF(s.sum);
      for (int64_t k = 0; k < cols; ++k) c.v[k] = sub(sub(c.v[k], s.top), shift);
    }
    storeColumns(c, static_cast<float*>(a->y) + row * cols, rows, cols);
  }
}

void runSoftmax(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const SoftmaxArgs*>(args);
  const int64_t each = softmaxRowsPerTask(a->cols);
  const int64_t last = end * each < a->rows ? end * each : a->rows;
  a->cols <= kShortRow ? softmaxShort(a, begin * each, last) : softmaxLong(a, begin * each, last);
}

void planSoftmax(const SoftmaxArgs* a, CallPlan* plan) {
  if (a->storage == kStoreF64) return reference::planSoftmax(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->rows * a->cols == 0) return;
  const int64_t each = softmaxRowsPerTask(a->cols);
  plan->calls[plan->count++] = {runSoftmax, a, (a->rows + each - 1) / each, 0};
}

// ---- cross-entropy ---------------------------------------------------------------------------------

// x[row, label[row]] of up to kGroup rows; unknown labels are faults, but for the ignored one.
struct Labels {
  float picked[kGroup];
  bool known[kGroup];
};

SLALOM_INLINE Labels labelsOf(const CrossEntropyArgs* a, int64_t row, int64_t rows) {
  Labels l = {};
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t label = a->labels[row + r];
    if (label == a->ignoreIndex) continue;
    l.known[r] = label >= 0 && label < a->cols;
    if (l.known[r]) {
      l.picked[r] = static_cast<const float*>(a->x)[(row + r) * a->cols + label];
    } else {
      lowerFault(a->fault, row + r);
    }
  }
  return l;
}

// loss = log(sum) - (x[label] - top), 0 without a label.
SLALOM_INLINE void writeLosses(float* out, const Labels& l, int64_t rows, const float* tops, const float* sums) {
  float losses[kGroup];
  for (int64_t i = 0; i < rows; i += W) {
    store(losses + i, sub(logF(load(sums + i)), sub(load(l.picked + i), load(tops + i))));
  }
  for (int64_t r = 0; r < rows; ++r) out[r] = l.known[r] ? losses[r] : 0.0f;
}

SLALOM_INLINE void crossEntropyLong(const CrossEntropyArgs* a, int64_t begin, int64_t end) {
  const int64_t cols = a->cols, each = groupRows(cols);
  for (int64_t row = begin; row < end; row += each) {
    const int64_t rows = row + each < end ? each : end - row;
    const float* x = static_cast<const float*>(a->x) + row * cols;
    const Labels labels = labelsOf(a, row, rows);
    Group g;
    if (a->probs) {
      float* y = static_cast<float*>(a->probs) + row * cols;
      sumGroup<true>(g, x, y, rows, cols);
      float factors[kGroup];
      for (int64_t r = 0; r < kGroup; ++r) factors[r] = g.sums[r];
      reciprocals(factors);
      for (int64_t r = 0; r < rows; ++r) scaleRow(y + r * cols, cols, factors[r]);
    } else {
      sumGroup<false>(g, x, nullptr, rows, cols);
    }
    writeLosses(static_cast<float*>(a->loss) + row, labels, rows, g.tops, g.sums);
  }
}

SLALOM_INLINE void crossEntropyShort(const CrossEntropyArgs* a, int64_t begin, int64_t end) {
  const int64_t cols = a->cols;
  const float* readable = static_cast<const float*>(a->x) + end * cols;
  for (int64_t row = begin; row < end; row += W) {
    const int64_t rows = row + W < end ? W : end - row;
    Columns c = {};
    loadColumns(c, static_cast<const float*>(a->x) + row * cols, rows, cols, readable);
    const ColumnSums s = columnExponentials(c, cols);
    float tops[W], sums[W];
    store(tops, s.top);
    store(sums, s.sum);
    writeLosses(static_cast<float*>(a->loss) + row, labelsOf(a, row, rows), rows, tops, sums);
    if (!a->probs) continue;
    const F factor = reciprocal(s.sum);
    for (int64_t k = 0; k < cols; ++k) c.v[k] = mul(c.v[k], factor);
    storeColumns(c, static_cast<float*>(a->probs) + row * cols, rows, cols);
  }
}

void runCrossEntropy(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const CrossEntropyArgs*>(args);
  const int64_t each = softmaxRowsPerTask(a->cols);
  const int64_t last = end * each < a->rows ? end * each : a->rows;
  a->cols <= kShortRow ? crossEntropyShort(a, begin * each, last) : crossEntropyLong(a, begin * each, last);
}

void planCrossEntropy(const CrossEntropyArgs* a, CallPlan* plan) {
  if (a->storage == kStoreF64) return reference::planCrossEntropy(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->rows == 0) return;
  const int64_t each = softmaxRowsPerTask(a->cols);
  plan->calls[plan->count++] = {runCrossEntropy, a, (a->rows + each - 1) / each, 0};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
