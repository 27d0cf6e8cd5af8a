// What softmax does to a row longer than sixteen: its maximum, its exponentials, what is made of those.
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

constexpr int64_t kTurnsAhead = 512;  // elements ahead that memory is asked for

// ---- the maximum -----------------------------------------------------------------------------------

// The greatest element, never -0; anything if one is NaN (the exponentials will tell).
template <int N>
struct RowTop {
  const float* x;
  F best[N];

  SLALOM_INLINE void begin() {
    for (int k = 0; k < N; ++k) best[k] = load(x);
  }
  // Of N vectors.
  SLALOM_INLINE void addAll(int64_t i) {
    for (int k = 0; k < N; ++k) best[k] = greaterOf(best[k], load(x + i + k * W));
  }
  // From i on, some of them again.
  SLALOM_INLINE float end(int64_t i, int64_t cols) {
    for (; i < cols; i += W) best[0] = greaterOf(best[0], load(x + (i + W < cols ? i : cols - W)));
    for (int k = 1; k < N; ++k) best[0] = greaterOf(best[0], best[k]);
    return firstLane(add(foldHalves<GreaterLanes, W / 2>(best[0]), zero()));
  }
};

SLALOM_INLINE float topOfRow(const float* x, int64_t cols) {
  RowTop<4> top{x, {}};
  top.begin();
  int64_t i = 0;
  for (; i + 4 * W <= cols; i += 4 * W) top.addAll(i);
  return top.end(i, cols);
}

// ---- exponentials ----------------------------------------------------------------------------------

// e^(x - top) is 2^((x - shift) log2(e) + offset). A shift is needed only where the product of `top` would
// be too coarse, or rounds before it is added to; what its rounding does to the exponent is the same for the
// whole row.
struct Base {
  F shift, offset;
};

constexpr float kFarTop = kHasFma ? 1048576.0f : 0.0f;

SLALOM_INLINE Base baseOf(F top) {
  const M near = less(absolute(top), splat(kFarTop));
  return {select(near, zero(), top), select(near, mul(top, splat(-kLog2e)), zero())};
}

SLALOM_INLINE F exponent(F x, const Base& base) { return fma(sub(x, base.shift), splat(kLog2e), base.offset); }

template <bool far>
SLALOM_INLINE F powerOf(F x, const Base& base) {
  if (!kHasFma) return expDown(sub(x, base.shift));
  return exp2Down(far ? exponent(x, base) : fma(x, splat(kLog2e), base.offset));
}

// log of the sum of e^(x - top), given the sum that the base makes of it.
SLALOM_INLINE F logOfSum(F sum, F top) { return fma(exponent(top, baseOf(top)), splat(-kLn2), logF(sum)); }

// The sum of a row's exponentials, which go to y if they are kept.
template <bool keep>
struct RowSum {
  const float* x;
  float* y;
  Base base;
  F lanes[kVectors];

  SLALOM_INLINE void begin(float top) {
    base = baseOf(splat(top));
    for (int v = 0; v < kVectors; ++v) lanes[v] = zero();
  }
  template <bool far>
  SLALOM_INLINE void add16(int64_t i) {
    if (keep) prefetch(y + i + kTurnsAhead);
    for (int v = 0; v < kVectors; ++v) {
      const F e = powerOf<far>(load(x + i + v * W), base);
      if (keep) store(y + i + v * W, e);
      lanes[v] = add(lanes[v], e);
    }
  }
  // Of less than sixteen elements from i on.
  SLALOM_INLINE float end(int64_t i, int64_t cols) {
    for (int v = 0; v < kVectors && i < cols; ++v, i += W) {
      const int64_t n = cols - i;
      const F e = powerOf<true>(n < W ? loadPart(x + i, n) : load(x + i), base);
      if (keep) n < W ? storePart(y + i, e, n) : store(y + i, e);
      lanes[v] = add(lanes[v], asF(bitAnd(asI(e), lanesBelow(n < W ? n : W, 0))));
    }
    return foldLanes<AddLanes>(lanes);
  }
};

// ---- what is made of them --------------------------------------------------------------------------
// `whole` and `part` finish a vector at i or a part of one, `ahead` asks for where later ones are written.

// y * factor
struct Scale {
  float* y;
  F factor;
  SLALOM_INLINE void ahead(int64_t) const {}  // the exponentials have
  SLALOM_INLINE void whole(int64_t i) const { store(y + i, mul(load(y + i), factor)); }
  SLALOM_INLINE void part(int64_t i, int64_t n) const { storePart(y + i, mul(loadPart(y + i, n), factor), n); }
};

// y = (x - top) - shift
struct Shift {
  const float* x;
  float* y;
  F top, shift;
  SLALOM_INLINE F of(F value) const { return sub(sub(value, top), shift); }
  SLALOM_INLINE void ahead(int64_t i) const { prefetch(y + i + kTurnsAhead); }
  SLALOM_INLINE void whole(int64_t i) const { store(y + i, of(load(x + i))); }
  SLALOM_INLINE void part(int64_t i, int64_t n) const { storePart(y + i, of(loadPart(x + i, n)), n); }
};

struct Nothing {
  SLALOM_INLINE void ahead(int64_t) const {}
  SLALOM_INLINE void whole(int64_t) const {}
  SLALOM_INLINE void part(int64_t, int64_t) const {}
};

template <typename Finish>
SLALOM_INLINE void finishRow(const Finish& finish, int64_t i, int64_t cols) {
  for (; i + W <= cols; i += W) finish.whole(i);
  if (i < cols) finish.part(i, cols - i);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
