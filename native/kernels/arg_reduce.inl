// argMax and argMin: the first position of the extreme value; the first NaN wins.
#pragma once

#include "reduce_values.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Whether x takes the place of best. A NaN beats every number and is beaten by nothing.
template <typename T>
SLALOM_INLINE bool beats(T x, T best, bool greatest) {
  if (best != best) return false;
  return x != x || (greatest ? x > best : x < best);
}

template <typename T>
SLALOM_INLINE T valueAt(const float* x, int64_t i) {
  T value;
  __builtin_memcpy(&value, x + i, sizeof value);
  return value;
}

// One row along the last axis.
template <typename T>
SLALOM_INLINE int32_t positionInRow(Values& values, int64_t begin, int64_t length, bool greatest) {
  T best = T();
  int64_t position = 0;
  for (int64_t r = 0; r < length;) {
    const int64_t n = length - r < values.longest() ? length - r : kTile;
    const float* x = values.at(begin + r, n);
    for (int64_t k = 0; k < n; ++k) {
      const T value = valueAt<T>(x, k);
      if (r + k == 0 || beats(value, best, greatest)) {
        best = value;
        position = r + k;
      }
    }
    r += n;
  }
  return static_cast<int32_t>(position);
}

// Columns [c0, c0 + n) along an axis before the last.
template <typename T>
SLALOM_INLINE void positionsInColumns(Values& values, const ReduceArgs* a, int64_t outer, int64_t c0, int64_t n,
                                      bool greatest) {
  T best[kTile];
  auto* positions = static_cast<int32_t*>(a->out) + outer * a->inner + c0;
  for (int64_t r = 0; r < a->length; ++r) {
    const float* x = values.at((outer * a->length + r) * a->inner + c0, n);
    for (int64_t i = 0; i < n; ++i) {
      const T value = valueAt<T>(x, i);
      if (r == 0 || beats(value, best[i], greatest)) {
        best[i] = value;
        positions[i] = static_cast<int32_t>(r);
      }
    }
  }
}

SLALOM_INLINE int64_t argOutersPerTask(const ReduceArgs* a) {
  const int64_t outers = kSmallReduce / (a->length * a->inner + 1);
  return outers < 1 ? 1 : outers;
}

template <typename T>
void argReduce(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values;
  beginValues<AnyValues>(values, a, scratch);
  const bool greatest = a->kind == kReduceArgMax;
  const int64_t each = argOutersPerTask(a);
  const int64_t last = end * each < a->outer ? end * each : a->outer;
  for (int64_t outer = begin * each; outer < last; ++outer) {
    if (a->inner == 1) {
      static_cast<int32_t*>(a->out)[outer] = positionInRow<T>(values, outer * a->length, a->length, greatest);
      continue;
    }
    for (int64_t c0 = 0; c0 < a->inner; c0 += kTile) {
      positionsInColumns<T>(values, a, outer, c0, c0 + kTile < a->inner ? kTile : a->inner - c0, greatest);
    }
  }
}

template <typename T>
void planArgReduce(const ReduceArgs* a, CallPlan* plan) {
  const int64_t each = argOutersPerTask(a);
  plan->calls[plan->count++] = {argReduce<T>, a, (a->outer + each - 1) / each, tileScratchBytes(prologueOf(a))};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
