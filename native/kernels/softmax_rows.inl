// The parts of a softmax for rows longer than sixteen: their maximum, their exponentials.
#pragma once

#include "math.inl"
#include "vec_fold.h"

namespace slalom {
namespace VARIANT {
namespace {

struct AddLanes {
  static SLALOM_INLINE F apply(F a, F b) { return add(a, b); }
};
struct GreaterLanes {
  static SLALOM_INLINE F apply(F a, F b) { return greaterOf(a, b); }
};

// The greatest element, never -0; anything if one is NaN (the exponentials will tell).
SLALOM_INLINE float rowMaximum(const float* x, int64_t cols) {
  F best[4];
  for (int k = 0; k < 4; ++k) best[k] = load(x + k % kVectors * W);
  int64_t i = 0;
  for (; i + 4 * W <= cols; i += 4 * W) {
    for (int k = 0; k < 4; ++k) best[k] = greaterOf(best[k], load(x + i + k * W));
  }
  for (; i + W <= cols; i += W) best[0] = greaterOf(best[0], load(x + i));
  best[1] = greaterOf(best[1], load(x + cols - W));  // the last ones, some of them again
  const F both = greaterOf(greaterOf(best[0], best[1]), greaterOf(best[2], best[3]));
  return firstLane(add(foldHalves<GreaterLanes, W / 2>(both), zero()));
}

// The sums of exp(x - top) of R rows, and with `keep` the exponentials themselves into y.
template <int R, bool keep>
SLALOM_INLINE void exponentials(const float* x, float* y, int64_t cols, const float* tops, float* sums) {
  F lanes[R][kVectors], top[R];
  for (int r = 0; r < R; ++r) {
    top[r] = splat(tops[r]);
    for (int v = 0; v < kVectors; ++v) lanes[r][v] = zero();
  }
  int64_t i = 0;
  for (; i + kLanes <= cols; i += kLanes) {
    for (int r = 0; r < R; ++r) {
      for (int v = 0; v < kVectors; ++v) {
        const F e = expDown(sub(load(x + r * cols + i + v * W), top[r]));
        if (keep) store(y + r * cols + i + v * W, e);
        lanes[r][v] = add(lanes[r][v], e);
      }
    }
  }
  for (int v = 0; v < kVectors && i < cols; ++v, i += W) {
    const int64_t n = cols - i;
    for (int r = 0; r < R; ++r) {
      const float* from = x + r * cols + i;
      const F e = expDown(sub(n < W ? loadPart(from, n) : load(from), top[r]));
      if (keep) n < W ? storePart(y + r * cols + i, e, n) : store(y + r * cols + i, e);
      lanes[r][v] = add(lanes[r][v], asF(bitAnd(asI(e), lanesBelow(n < W ? n : W, 0))));
    }
  }
  for (int r = 0; r < R; ++r) sums[r] = foldLanes<AddLanes>(lanes[r]);
}

SLALOM_INLINE void scaleRow(float* y, int64_t cols, float factor) {
  const F f = splat(factor);
  int64_t i = 0;
  for (; i + W <= cols; i += W) store(y + i, mul(load(y + i), f));
  if (i < cols) storePart(y + i, mul(loadPart(y + i, cols - i), f), cols - i);
}

// y = (x - top) - shift
SLALOM_INLINE void shiftRow(const float* x, float* y, int64_t cols, float top, float shift) {
  const F t = splat(top), s = splat(shift);
  int64_t i = 0;
  for (; i + W <= cols; i += W) store(y + i, sub(sub(load(x + i), t), s));
  if (i < cols) storePart(y + i, sub(sub(loadPart(x + i, cols - i), t), s), cols - i);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
