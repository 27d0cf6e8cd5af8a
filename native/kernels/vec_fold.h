// Sixteen lanes in the vectors of a variant, and the fixed tree that makes one number of them.
#pragma once

#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int kLanes = 16;
constexpr int kVectors = kLanes / W;

// Lane i + H moves to lane i < H; the others are anything. H is a power of two below W.
#if defined(__AVX512F__)

template <int H>
SLALOM_INLINE F upperLanes(F a) {
  if (H == 8) return _mm512_shuffle_f32x4(a, a, 0xee);
  if (H == 4) return _mm512_shuffle_f32x4(a, a, 0x55);
  return H == 2 ? _mm512_permute_ps(a, 0xee) : _mm512_permute_ps(a, 0x55);
}
SLALOM_INLINE float firstLane(F a) { return _mm512_cvtss_f32(a); }
// The greater one; NaN if b is. Of zeros, and with a NaN in a alone, either.
SLALOM_INLINE F greaterOf(F a, F b) { return _mm512_max_ps(a, b); }

#elif defined(__AVX2__)

template <int H>
SLALOM_INLINE F upperLanes(F a) {
  if (H == 4) return _mm256_permute2f128_ps(a, a, 0x11);
  return H == 2 ? _mm256_permute_ps(a, 0xee) : _mm256_permute_ps(a, 0x55);
}
SLALOM_INLINE float firstLane(F a) { return _mm256_cvtss_f32(a); }
SLALOM_INLINE F greaterOf(F a, F b) { return _mm256_max_ps(a, b); }

#elif defined(__aarch64__) || defined(_M_ARM64)

template <int H>
SLALOM_INLINE F upperLanes(F a) {
  return H == 2 ? vextq_f32(a, a, 2) : vextq_f32(a, a, 1);
}
SLALOM_INLINE float firstLane(F a) { return vgetq_lane_f32(a, 0); }
SLALOM_INLINE F greaterOf(F a, F b) { return vmaxq_f32(a, b); }

#else

template <int H>
SLALOM_INLINE F upperLanes(F a) {
  return H == 2 ? _mm_movehl_ps(a, a) : _mm_shuffle_ps(a, a, 0x55);
}
SLALOM_INLINE float firstLane(F a) { return _mm_cvtss_f32(a); }
SLALOM_INLINE F greaterOf(F a, F b) { return _mm_max_ps(a, b); }

#endif

template <typename Op, int H>
SLALOM_INLINE F foldHalves(F a) {
  if constexpr (H >= 1) return foldHalves<Op, H / 2>(Op::apply(a, upperLanes<H>(a)));
  return a;
}

// Lane j combined with lane j + 8, then + 4, + 2, + 1.
template <typename Op>
SLALOM_INLINE float foldLanes(const F (&lanes)[kVectors]) {
  F folded[kVectors];
  for (int v = 0; v < kVectors; ++v) folded[v] = lanes[v];
  for (int half = kVectors / 2; half >= 1; half /= 2) {
    for (int v = 0; v < half; ++v) folded[v] = Op::apply(folded[v], folded[v + half]);
  }
  return firstLane(foldHalves<Op, W / 2>(folded[0]));
}

// All bits in the first n of 16 lanes, vector v of them.
SLALOM_INLINE I lanesBelow(int64_t n, int v) {
  static const int32_t bits[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  return loadI(bits + kLanes - n + v * W);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
