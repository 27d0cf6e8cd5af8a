// What reductions combine: the values of a prologue, and the kinds of combination.
#pragma once

#include "pointwise.inl"
#include "tile.inl"
#include "vec_fold.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kBlock = 4096;         // elements along the reduced axis that are combined in one go
constexpr int64_t kSmallReduce = 16384;  // elements below which one thread does all

SLALOM_INLINE const TileProgram& prologueOf(const ReduceArgs* a) {
  return *reinterpret_cast<const TileProgram*>(reinterpret_cast<const char*>(a) + a->prologue);
}

// The values of any range: computed a tile at a time, or read where they lie.
struct Values {
  Tiles tiles;
  int16_t reg;
  const float* memory;  // of all values, or null

  SLALOM_INLINE int64_t longest() const { return memory ? INT64_MAX : kTile; }
  // n <= longest(); valid until the next call.
  SLALOM_INLINE const float* at(int64_t begin, int64_t n) {
    if (memory) return memory + begin;
    evaluateTile(tiles, begin, n);
    return static_cast<const float*>(tiles.at[reg]);
  }
};

// The values are the magnitudes of numbers that lie in memory.
inline bool areMagnitudes(const ReduceArgs* a) {
  const TileProgram& p = prologueOf(a);
  if (p.stepCount != 1 || p.inputCount != 1) return false;
  const TileStep& step = *tileSteps(&p);
  return step.fn == unaryLoop<AbsF> && step.dst == a->reg && tileInputs(&p)->source == Source::direct;
}

template <typename Op>
SLALOM_INLINE void beginValues(Values& v, const ReduceArgs* a, void* scratch) {
  const TileProgram& p = prologueOf(a);
  const TileInput* input = tileInputs(&p) + a->reg;
  v.reg = a->reg;
  v.memory = nullptr;
  if (Op::kMagnitudes) {
    v.memory = static_cast<const float*>(tileInputs(&p)->data);
  } else if (a->reg < p.inputCount && input->source == Source::direct) {
    v.memory = static_cast<const float*>(input->data);
  } else {
    beginTiles(v.tiles, p, scratch, 0, p.count);
  }
}

// ---- kinds, on lanes that travel as F ------------------------------------------------------------

struct AnyValues {
  static constexpr bool kMagnitudes = false;  // combines |x| of the x it is given
};
struct SumF : AnyValues {
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return add(a, b); }
};
struct MaxOfF : AnyValues {
  static SLALOM_INLINE F identity() { return splat(-kInfinity); }
  static SLALOM_INLINE F apply(F a, F b) { return maximum(a, b); }
};
struct MinOfF : AnyValues {
  static SLALOM_INLINE F identity() { return splat(kInfinity); }
  static SLALOM_INLINE F apply(F a, F b) { return minimum(a, b); }
};
struct SumI : AnyValues {
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return asF(addI(asI(a), asI(b))); }
};
struct MaxOfI : AnyValues {
  static SLALOM_INLINE F identity() { return asF(splatI(INT32_MIN)); }
  static SLALOM_INLINE F apply(F a, F b) { return MaxI::apply(a, b); }
};
struct MinOfI : AnyValues {
  static SLALOM_INLINE F identity() { return asF(splatI(INT32_MAX)); }
  static SLALOM_INLINE F apply(F a, F b) { return MinI::apply(a, b); }
};
struct AnyM : AnyValues {
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return OrM::apply(a, b); }
};
struct AllM : AnyValues {
  static SLALOM_INLINE F identity() { return asF(splatI(-1)); }
  static SLALOM_INLINE F apply(F a, F b) { return AndM::apply(a, b); }
};
// The greatest magnitude. Of numbers without a sign the integers have the same order, NaN last.
struct MaxMagnitudeF {
  static constexpr bool kMagnitudes = true;
  static SLALOM_INLINE F identity() { return zero(); }
  static SLALOM_INLINE F apply(F a, F b) { return MaxI::apply(a, absolute(b)); }
};

SLALOM_INLINE int64_t blocksOf(const ReduceArgs* a) {
  return a->length > kBlock ? (a->length + kBlock - 1) / kBlock : 1;
}

// A fixed pairwise tree over rows of `width` partial results, in place, into the first row:
// neighbours, then neighbours of those.
template <typename Op>
SLALOM_INLINE void foldTree(float* partials, int64_t count, int64_t width) {
  for (int64_t step = 1; step < count; step *= 2) {
    for (int64_t i = 0; i + step < count; i += 2 * step) {
      float* a = partials + i * width;
      const float* b = a + step * width;
      int64_t c = 0;
      for (; c + W <= width; c += W) store(a + c, Op::apply(load(a + c), load(b + c)));
      if (c < width) storePart(a + c, Op::apply(loadPart(a + c, width - c), loadPart(b + c, width - c)), width - c);
    }
  }
}

SLALOM_INLINE void writeResults(const ReduceArgs* a, int64_t index, const float* values, int64_t n) {
  storerOf(a->storage)(static_cast<char*>(a->out) + index * storageBytes(a->storage), 1, values, 1, n);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
