// Softmax, log-softmax and softmax cross-entropy by rows. The sum of a row goes over 16 interleaved
// lanes as in reduce.inl, so a row's bits depend on the row alone.
#pragma once

#include "reduce.inl"
#include "reference.h"

namespace slalom {
namespace VARIANT {
namespace {

// exp(x[i] - top) into y, and the sum of them.
SLALOM_INLINE float expRow(const float* x, float* y, int64_t cols, float top) {
  F lanes[kVectors];
  for (int v = 0; v < kVectors; ++v) lanes[v] = zero();
  const F shift = splat(top);
  int64_t i = 0;
  for (; i + kLanes <= cols; i += kLanes) {
    for (int v = 0; v < kVectors; ++v) {
      const F e = expF(sub(load(x + i + v * W), shift));
      store(y + i + v * W, e);
      lanes[v] = add(lanes[v], e);
    }
  }
  // Sums of exponentials are never -0, so adding zeros in idle lanes changes nothing.
  for (int v = 0; i < cols; ++v, i += W) {
    const int64_t n = cols - i < W ? cols - i : W;
    F e = n == W ? expF(sub(load(x + i), shift)) : expF(sub(loadPart(x + i, n), shift));
    if (n == W) {
      store(y + i, e);
    } else {
      storePart(y + i, e, n);
      e = loadPart(y + i, n);
    }
    lanes[v] = add(lanes[v], e);
  }
  return foldLanes<SumF>(lanes);
}

SLALOM_INLINE float rowMaximum(const float* x, int64_t cols) {
  F best = splat(-kInfinity);
  int64_t i = 0;
  for (; i + W <= cols; i += W) best = maximum(best, load(x + i));
  float lanes[W];
  store(lanes, best);
  float top = lanes[0];
  for (int v = 1; v < W; ++v) top = combineOne<MaxOfF>(top, lanes[v]);
  for (; i < cols; ++i) top = combineOne<MaxOfF>(top, x[i]);
  return top;
}

SLALOM_INLINE float logOne(float x) {
  float out[W];
  store(out, logF(splat(x)));
  return out[0];
}

SLALOM_INLINE void scaleRow(float* y, int64_t cols, float divisor) {
  const F d = splat(divisor);
  int64_t i = 0;
  for (; i + W <= cols; i += W) store(y + i, div(load(y + i), d));
  if (i < cols) storePart(y + i, div(loadPart(y + i, cols - i), d), cols - i);
}

// y = (x - top) - shift
SLALOM_INLINE void shiftRow(const float* x, float* y, int64_t cols, float top, float shift) {
  const F t = splat(top), s = splat(shift);
  int64_t i = 0;
  for (; i + W <= cols; i += W) store(y + i, sub(sub(load(x + i), t), s));
  if (i < cols) storePart(y + i, sub(sub(loadPart(x + i, cols - i), t), s), cols - i);
}

SLALOM_INLINE int64_t softmaxRowsPerTask(int64_t cols) {
  const int64_t rows = 8192 / (cols + 16);
  return rows < 1 ? 1 : rows;
}

void runSoftmax(const void* args, int64_t begin, int64_t end, void*) {
  auto* a = static_cast<const SoftmaxArgs*>(args);
  const int64_t each = softmaxRowsPerTask(a->cols);
  const int64_t last = end * each < a->rows ? end * each : a->rows;
  for (int64_t row = begin * each; row < last; ++row) {
    const float* x = static_cast<const float*>(a->x) + row * a->cols;
    float* y = static_cast<float*>(a->y) + row * a->cols;
    const float top = rowMaximum(x, a->cols);
    if (a->kind == kSoftmax) {
      scaleRow(y, a->cols, expRow(x, y, a->cols, top));
    } else {
      const float sum = expRow(x, y, a->cols, top);
      shiftRow(x, y, a->cols, top, logOne(sum));
    }
  }
}

void planSoftmax(const SoftmaxArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->rows * a->cols == 0) return;
  const int64_t each = softmaxRowsPerTask(a->cols);
  plan->count = 1;
  plan->calls[0] = {runSoftmax, a, (a->rows + each - 1) / each, 0};
}

// Scratch holds one row of probabilities when nobody asks for them.
void runCrossEntropy(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const CrossEntropyArgs*>(args);
  const int64_t each = softmaxRowsPerTask(a->cols);
  const int64_t last = end * each < a->rows ? end * each : a->rows;
  for (int64_t row = begin * each; row < last; ++row) {
    const float* x = static_cast<const float*>(a->x) + row * a->cols;
    float* p = a->probs ? static_cast<float*>(a->probs) + row * a->cols : static_cast<float*>(scratch);
    const float top = rowMaximum(x, a->cols);
    const float sum = expRow(x, p, a->cols, top);
    if (a->probs) scaleRow(p, a->cols, sum);
    const int32_t label = a->labels[row];
    const bool known = label >= 0 && label < a->cols && label != a->ignoreIndex;
    if (!known && label != a->ignoreIndex) lowerFault(a->fault, row);
    static_cast<float*>(a->loss)[row] = known ? logOne(sum) - (x[label] - top) : 0.0f;
  }
}

void planCrossEntropy(const CrossEntropyArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->rows == 0) return;
  const int64_t each = softmaxRowsPerTask(a->cols);
  plan->count = 1;
  plan->calls[0] = {runCrossEntropy, a, (a->rows + each - 1) / each, static_cast<size_t>(a->cols) * 4};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
