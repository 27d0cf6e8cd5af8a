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

SLALOM_INLINE F loadUpTo(const float* x, int64_t left) {
  return left >= W ? load(x) : left > 0 ? loadPart(x, left) : zero();
}

SLALOM_INLINE void storeTile(const F (&rows)[16], char* to) {
  SLALOM_UNROLL
  for (int r = 0; r < 16; r++) store(reinterpret_cast<float*>(to) + 16 * r, rows[r]);
}

// One tile of an operand whose steps of k are neighbours: `count` rows or columns `apart`, `depth` steps. Zeros fill
// it. `kTurned`: a row of the tile is a pair of steps, not a row or column of the operand.
template <bool kRest, bool kTurned>
SLALOM_AMX void packTileAlong(const float* from, int64_t apart, int64_t count, int64_t depth, char* most, char* rest) {
  F rows[16], left[16];
  SLALOM_UNROLL
  for (int r = 0; r < 16; r++) {
    const float* row = from + r * apart;
    const bool present = r < count;
    const Pairs pairs = pairsAlong<kRest>(present ? loadUpTo(row, depth) : zero(),
                                          present && depth > W ? loadUpTo(row + W, depth - W) : zero());
    if (kTurned) {
      rows[r] = asF(pairs.most);
      if (kRest) left[r] = asF(pairs.rest);
    } else {
      storeI(reinterpret_cast<int32_t*>(most) + 16 * r, pairs.most);
      if (kRest) storeI(reinterpret_cast<int32_t*>(rest) + 16 * r, pairs.rest);
    }
  }
  if (!kTurned) return;
  transpose(rows);
  storeTile(rows, most);
  if (!kRest) return;
  transpose(left);
  storeTile(left, rest);
}

// The same where neighbours are of the same step of k, the steps `apart`. `kTurned`: a row of the tile is a row of the
// operand.
template <bool kRest, bool kTurned>
SLALOM_AMX void packTileAcross(const float* from, int64_t apart, int64_t count, int64_t depth, char* most, char* rest) {
  F rows[16], left[16];
  SLALOM_UNROLL
  for (int r = 0; r < 16; r++) {
    const float* row = from + 2 * r * apart;
    const Pairs pairs = pairsAcross<kRest>(2 * r < depth ? loadUpTo(row, count) : zero(),
                                           2 * r + 1 < depth ? loadUpTo(row + apart, count) : zero());
    if (kTurned) {
      rows[r] = asF(pairs.most);
      if (kRest) left[r] = asF(pairs.rest);
    } else {
      storeI(reinterpret_cast<int32_t*>(most) + 16 * r, pairs.most);
      if (kRest) storeI(reinterpret_cast<int32_t*>(rest) + 16 * r, pairs.rest);
    }
  }
  if (!kTurned) return;
  transpose(rows);
  storeTile(rows, most);
  if (!kRest) return;
  transpose(left);
  storeTile(left, rest);
}

// Rows of a, or columns of b: element (i, p) lies at from[i * apart + p * step], of which one is 1.
struct Side {
  const float* from;
  int64_t apart, step;
  bool turned;  // columns of b

  const float* at(int64_t i, int64_t p) const { return from + i * apart + p * step; }
};

constexpr int64_t atMost(int64_t x, int64_t most) { return x < most ? x : most; }

// `count` of them, `depth` steps of k, as panels of at most two tiles, one after the other. Neighbours in memory are
// read after each other.
template <MatmulPrecision kPrecision>
SLALOM_AMX void packPanels(const Side& side, int64_t count, int64_t depth, char* to) {
  constexpr int64_t kParts = partsOf(kPrecision);
  constexpr bool kRest = kParts == 2;
  const bool along = side.step == 1;
  const auto pack = along         ? side.turned ? packTileAlong<kRest, true> : packTileAlong<kRest, false>
                    : side.turned ? packTileAcross<kRest, false>
                                  : packTileAcross<kRest, true>;
  const int64_t steps = ceilDiv(depth, kTileDepth);
  const auto packTile = [&](int64_t i, int64_t s) {
    const int64_t panel = i / kTilesPanel * kTilesPanel, p = s * kTileDepth;
    const int64_t tiles = ceilDiv(atMost(count - panel, kTilesPanel), kTileSide);
    char* most =
        to + (panel / kTileSide * steps + s * tiles) * kParts * kTileBytes + (i - panel) / kTileSide * kTileBytes;
    pack(side.at(i, p), along ? side.apart : side.step, atMost(count - i, kTileSide), atMost(depth - p, kTileDepth),
         most, most + tiles * kTileBytes);
  };
  if (along) {
    for (int64_t i = 0; i < count; i += kTileSide) {
      for (int64_t s = 0; s < steps; s++) packTile(i, s);
    }
  } else {
    for (int64_t s = 0; s < steps; s++) {
      for (int64_t i = 0; i < count; i += kTileSide) packTile(i, s);
    }
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom

#endif
