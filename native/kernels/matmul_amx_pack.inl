// Packing for the matrix unit: numbers as bfloat16, and what is left of them as bfloat16 once more, in tiles.
#pragma once

#include "matmul_amx_tile.inl"

#ifdef SLALOM_AMX

namespace slalom {
namespace VARIANT {
namespace {

// Two steps of k of sixteen rows or columns, or thirty-two steps of one: pairs of bfloat16, the earlier one first.
struct Pairs {
  I most, rest;
};

// The pairs (x[i], y[i]). `kRest`: also those of what bfloat16 leaves of them, which is exact before it is rounded.
template <bool kRest>
SLALOM_AMX SLALOM_INLINE Pairs pairsAcross(F x, F y) {
  const I order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                                   20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  Pairs pairs;
  pairs.most = _mm512_permutexvar_epi16(order, (I)_mm512_cvtne2ps_pbh(y, x));
  if (kRest) {
    const F left = sub(x, asF(_mm512_slli_epi32(pairs.most, 16)));
    const F right = sub(y, asF(_mm512_and_si512(pairs.most, _mm512_set1_epi32(static_cast<int>(0xffff0000u)))));
    pairs.rest = _mm512_permutexvar_epi16(order, (I)_mm512_cvtne2ps_pbh(right, left));
  }
  return pairs;
}

// The pairs of thirty-two neighbours, of which x has the first sixteen.
template <bool kRest>
SLALOM_AMX SLALOM_INLINE Pairs pairsAlong(F x, F y) {
  Pairs pairs;
  pairs.most = (I)_mm512_cvtne2ps_pbh(y, x);
  if (kRest) {
    const F left = sub(x, asF(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(pairs.most)), 16)));
    const F right = sub(y, asF(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(pairs.most, 1)), 16)));
    pairs.rest = (I)_mm512_cvtne2ps_pbh(right, left);
  }
  return pairs;
}

// One tile of an operand: `count` of its rows or columns, `depth` steps of k. Zeros fill what is missing of 16 and 32.
struct TileSource {
  const float* from;
  int64_t apart;  // rows or columns where steps of k are neighbours, else steps of k
  int64_t count, depth;

  bool whole() const { return count == kTileSide && depth == kTileDepth; }
};

template <bool kWhole>
SLALOM_INLINE F loadUpTo(const float* x, int64_t left) {
  if (kWhole || left >= W) return load(x);
  return left > 0 ? loadPart(x, left) : zero();
}

// Row or column r, all steps of k.
template <bool kRest, bool kWhole>
struct PairsAlong {
  SLALOM_AMX SLALOM_INLINE static Pairs of(const TileSource& s, int r) {
    const float* x = s.from + r * s.apart;
    const int64_t left = r < s.count ? s.depth : 0;
    return pairsAlong<kRest>(loadUpTo<kWhole>(x, left), loadUpTo<kWhole>(x + W, left - W));
  }
};

// Steps 2 r and 2 r + 1 of all rows or columns.
template <bool kRest, bool kWhole>
struct PairsAcross {
  SLALOM_AMX SLALOM_INLINE static Pairs of(const TileSource& s, int r) {
    const float* x = s.from + 2 * r * s.apart;
    const int64_t first = 2 * r < s.depth ? s.count : 0, second = 2 * r + 1 < s.depth ? s.count : 0;
    return pairsAcross<kRest>(loadUpTo<kWhole>(x, first), loadUpTo<kWhole>(x + s.apart, second));
  }
};

SLALOM_INLINE void storePairs(I pairs, char* tile, int row) {
  storeI(reinterpret_cast<int32_t*>(tile) + kTileSide * row, pairs);
}

SLALOM_INLINE void storeTransposed(F (&rows)[kTileSide], char* tile) {
  transpose(rows);
  SLALOM_UNROLL
  for (int r = 0; r < kTileSide; r++) storePairs(asI(rows[r]), tile, r);
}

// A row of the tile has pairs r, or `kTurned` column r.
template <bool kRest, bool kTurned, typename PairsOf>
SLALOM_AMX SLALOM_INLINE void packPairs(const TileSource& source, char* most, char* rest) {
  F rows[kTileSide], left[kTileSide];
  SLALOM_UNROLL
  for (int r = 0; r < kTileSide; r++) {
    const Pairs pairs = PairsOf::of(source, r);
    if (!kTurned) {
      storePairs(pairs.most, most, r);
      if (kRest) storePairs(pairs.rest, rest, r);
      continue;
    }
    rows[r] = asF(pairs.most);
    if (kRest) left[r] = asF(pairs.rest);
  }
  if (!kTurned) return;
  storeTransposed(rows, most);
  if (kRest) storeTransposed(left, rest);
}

template <bool kRest, bool kTurned, template <bool, bool> class PairsOf>
SLALOM_AMX void packTile(const TileSource& source, char* most, char* rest) {
  if (source.whole()) {
    packPairs<kRest, kTurned, PairsOf<kRest, true>>(source, most, rest);
  } else {
    packPairs<kRest, kTurned, PairsOf<kRest, false>>(source, most, rest);
  }
}

// Rows of a, or columns of b: element (i, p) lies at from[i * apart + p * step], of which one is 1.
struct Side {
  const float* from;
  int64_t apart, step;
  bool turned;  // columns of b

  const float* at(int64_t i, int64_t p) const { return from + i * apart + p * step; }
};

// `count` of them, `depth` steps of k, as panels of at most two tiles, one after the other. Neighbours in memory are
// read after each other.
template <MatmulPrecision kPrecision>
SLALOM_AMX void packPanels(const Side& side, int64_t count, int64_t depth, char* to) {
  constexpr int64_t kParts = partsOf(kPrecision);
  constexpr bool kRest = kParts == 2;
  const bool along = side.step == 1;
  const auto pack = along         ? side.turned ? packTile<kRest, true, PairsAlong> : packTile<kRest, false, PairsAlong>
                    : side.turned ? packTile<kRest, false, PairsAcross>
                                  : packTile<kRest, true, PairsAcross>;
  const int64_t steps = ceilDiv(depth, kTileDepth);
  const auto packAt = [&](int64_t i, int64_t s) {
    const int64_t panel = i / kTilesPanel * kTilesPanel, p = s * kTileDepth;
    const int64_t tiles = ceilDiv(atMost(count - panel, kTilesPanel), kTileSide);
    char* most =
        to + (panel / kTileSide * steps + s * tiles) * kParts * kTileBytes + (i - panel) / kTileSide * kTileBytes;
    const TileSource source = {side.at(i, p), along ? side.apart : side.step, atMost(count - i, kTileSide),
                               atMost(depth - p, kTileDepth)};
    pack(source, most, most + tiles * kTileBytes);
  };
  if (along) {
    for (int64_t i = 0; i < count; i += kTileSide) {
      for (int64_t s = 0; s < steps; s++) packAt(i, s);
    }
  } else {
    for (int64_t s = 0; s < steps; s++) {
      for (int64_t i = 0; i < count; i += kTileSide) packAt(i, s);
    }
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom

#endif
