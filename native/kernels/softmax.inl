// Softmax, log-softmax and softmax cross-entropy by rows. The sum of a row goes over sixteen
// interleaved lanes and their halving tree (vec_fold.h), so its bits depend on the row alone.
#pragma once

#include "args.h"
#include "reference.h"
#include "softmax_columns.inl"
#include "softmax_turns.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kSoftmaxWork = 16384;  // elements of a task, about
constexpr int64_t kGroup = 16;           // rows whose losses are written together
constexpr int64_t kLag = 8;              // rows up to kLagging long whose logarithms are taken together
constexpr int64_t kLagging = 512;

SLALOM_INLINE int64_t softmaxRowsPerTask(int64_t cols) {
  const int64_t rows = kSoftmaxWork / (cols + 1) / kGroup * kGroup;
  return rows < kGroup ? (kSoftmaxWork / (cols + 1) < 1 ? 1 : kSoftmaxWork / (cols + 1)) : rows;
}

SLALOM_INLINE F reciprocal(F x) { return div(splat(1.0f), x); }

// ---- long rows -----------------------------------------------------------------------------------

struct Probabilities {
  static constexpr bool kKeep = true;
  float* y;
  int64_t cols;
  float sum;

  static SLALOM_INLINE int64_t lag() { return 1; }
  SLALOM_INLINE void start(int64_t) {}
  SLALOM_INLINE float* at(int64_t row) const { return y + row * cols; }
  SLALOM_INLINE void add(int64_t, float, float total) { sum = total; }
  SLALOM_INLINE Scale finish(int64_t row) const { return {at(row), splat(1.0f / sum)}; }
};

// Those of shorter rows wait for each other, so that a vector takes the logarithms of all their sums.
struct Logarithms {
  static constexpr bool kKeep = false;
  const float* x;
  float* y;
  int64_t cols, begin;
  float tops[kGroup], sums[kGroup], finishedTops[kGroup], logs[kGroup];

  SLALOM_INLINE int64_t lag() const { return cols <= kLagging ? kLag : 2; }
  SLALOM_INLINE void start(int64_t) {}
  SLALOM_INLINE float* at(int64_t) const { return nullptr; }
  SLALOM_INLINE void add(int64_t row, float top, float sum) {
    const int64_t i = (row - begin) % lag();
    tops[i] = top;
    sums[i] = sum;
  }
  SLALOM_INLINE Shift finish(int64_t row) {
    const int64_t i = (row - begin) % lag();
    if (i == 0) takeLogarithms();
    return {x + row * cols, y + row * cols, splat(finishedTops[i]), splat(logs[i])};
  }
  SLALOM_INLINE void takeLogarithms() {
    for (int64_t i = 0; i < lag(); i += W) {
      const F top = load(tops + i);
      store(finishedTops + i, top);
      store(logs + i, logOfSum(load(sums + i), top));
    }
  }
};

SLALOM_INLINE void softmaxLong(const SoftmaxArgs* a, int64_t begin, int64_t end) {
  auto* x = static_cast<const float*>(a->x);
  auto* y = static_cast<float*>(a->y);
  if (a->kind == kSoftmax) {
    Probabilities kind{y, a->cols, 1};
    rowsInTurn(kind, x, begin, end, a->cols);
  } else {
    Logarithms kind{x, y, a->cols, begin, {}, {}, {}, {}};
    rowsInTurn(kind, x, begin, end, a->cols);
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
      const F shift = logOfSum(s.sum, s.top);
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
    const F top = load(tops + i);
    store(losses + i, sub(logOfSum(load(sums + i), top), sub(load(l.picked + i), top)));
  }
  for (int64_t r = 0; r < rows; ++r) out[r] = l.known[r] ? losses[r] : 0.0f;
}

// And then the probabilities, or nothing.
template <typename AndThen>
struct Losses {
  static constexpr bool kKeep = AndThen::kKeep;
  const CrossEntropyArgs* a;
  AndThen then;
  int64_t end, first;
  Labels labels;
  float tops[kGroup], sums[kGroup];

  static SLALOM_INLINE int64_t lag() { return AndThen::lag(); }
  // The labels' elements are read before probabilities may lie where they were.
  SLALOM_INLINE void start(int64_t row) {
    if (row < first + kGroup) return;
    first = row;
    labels = labelsOf(a, first, rows());
  }
  SLALOM_INLINE int64_t rows() const { return end - first < kGroup ? end - first : kGroup; }
  SLALOM_INLINE float* at(int64_t row) const { return then.at(row); }
  SLALOM_INLINE void add(int64_t row, float top, float sum) {
    tops[row - first] = top;
    sums[row - first] = sum;
    if (row - first + 1 == rows()) writeLosses(static_cast<float*>(a->loss) + first, labels, rows(), tops, sums);
    then.add(row, top, sum);
  }
  SLALOM_INLINE auto finish(int64_t row) const { return then.finish(row); }
};

struct NoProbabilities {
  static constexpr bool kKeep = false;
  static SLALOM_INLINE int64_t lag() { return 0; }
  SLALOM_INLINE float* at(int64_t) const { return nullptr; }
  SLALOM_INLINE void add(int64_t, float, float) {}
  SLALOM_INLINE Nothing finish(int64_t) const { return {}; }
};

template <typename AndThen>
SLALOM_INLINE void crossEntropyRows(const CrossEntropyArgs* a, AndThen then, int64_t begin, int64_t end) {
  Losses<AndThen> kind{a, then, end, begin - kGroup, {}, {}, {}};
  rowsInTurn(kind, static_cast<const float*>(a->x), begin, end, a->cols);
}

SLALOM_INLINE void crossEntropyLong(const CrossEntropyArgs* a, int64_t begin, int64_t end) {
  if (a->probs) {
    crossEntropyRows(a, Probabilities{static_cast<float*>(a->probs), a->cols, 1}, begin, end);
  } else {
    crossEntropyRows(a, NoProbabilities{}, begin, end);
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
