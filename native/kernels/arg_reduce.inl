// argMax and argMin: the first position of the extreme value; the first NaN wins.
#pragma once

#include "reduce.inl"

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
void argReduce(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const ReduceArgs*>(args);
  Values values{{prologueOf(a), nullptr, nullptr, nullptr, nullptr, {}, {}, {}, false, 0}, 0, false};
  beginValues(values, a, scratch);
  const bool greatest = a->kind == kReduceArgMax;
  auto* out = static_cast<int32_t*>(a->out);
  for (int64_t o = begin; o < end; ++o) {
    for (int64_t i = 0; i < a->inner; ++i) {
      T best = T();
      int32_t position = 0;
      if (a->inner == 1) {
        for (int64_t r = 0; r < a->length;) {
          const int64_t n = a->length - r < kTile ? a->length - r : kTile;
          auto* x = static_cast<const T*>(values.at(o * a->length + r, n));
          for (int64_t k = 0; k < n; ++k) {
            if (r + k == 0 || beats(x[k], best, greatest)) {
              best = x[k];
              position = static_cast<int32_t>(r + k);
            }
          }
          r += n;
        }
      } else {
        for (int64_t r = 0; r < a->length; ++r) {
          const T x = *static_cast<const T*>(values.at((o * a->length + r) * a->inner + i, 1));
          if (r == 0 || beats(x, best, greatest)) {
            best = x;
            position = static_cast<int32_t>(r);
          }
        }
      }
      out[o * a->inner + i] = position;
    }
  }
}

template <typename T>
void planArgReduce(const ReduceArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->outer * a->inner == 0) return;
  plan->count = 1;
  plan->calls[0] = {argReduce<T>, a, a->outer, tileScratchBytes(prologueOf(a))};
}

void planReduce(const ReduceArgs* a, CallPlan* plan) {
  if (a->kind >= kReduceArgMax) {
    a->lane == kLaneF32 ? planArgReduce<float>(a, plan) : planArgReduce<int32_t>(a, plan);
    return;
  }
  const bool whole = a->lane == kLaneI32;
  switch (a->kind) {
    case kReduceSum: return whole ? planKind<SumI>(a, plan) : planKind<SumF>(a, plan);
    case kReduceMax: return whole ? planKind<MaxOfI>(a, plan) : planKind<MaxOfF>(a, plan);
    case kReduceMin: return whole ? planKind<MinOfI>(a, plan) : planKind<MinOfF>(a, plan);
    case kReduceAny: return planKind<AnyM>(a, plan);
    default: return planKind<AllM>(a, plan);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
