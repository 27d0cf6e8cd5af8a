// AVX2 with FMA: eight lanes. Included by vec.h.
#pragma once

#include "vec_halves.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr const char* kVariantName = "avx2";
constexpr int W = 8;
constexpr int kRegisters = 16;
constexpr bool kHasFma = true;
using F = __m256;
using I = __m256i;
struct M {
  __m256 v;
};

SLALOM_INLINE I firstLanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

SLALOM_INLINE F load(const float* p) { return _mm256_loadu_ps(p); }
SLALOM_INLINE void store(float* p, F a) { _mm256_storeu_ps(p, a); }
// To an address that is a multiple of a vector's size, and what must follow before others read it.
SLALOM_INLINE void storePastCaches(float* p, F a) { _mm256_stream_ps(p, a); }
SLALOM_INLINE void afterStoresPastCaches() { _mm_sfence(); }
SLALOM_INLINE I loadI(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
SLALOM_INLINE void storeI(int32_t* p, I a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a); }
// The first n < W lanes; the others are zero on loading and untouched on storing.
SLALOM_INLINE F loadPart(const float* p, int64_t n) { return _mm256_maskload_ps(p, firstLanes(n)); }
// Not a masked store, which takes 40 micro-operations on AMD before Zen 4.
SLALOM_INLINE void storePart(float* p, F a, int64_t n) {
  __m128 rest = _mm256_castps256_ps128(a);
  if (n & 4) {
    _mm_storeu_ps(p, rest);
    rest = _mm256_extractf128_ps(a, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
    rest = _mm_movehl_ps(rest, rest);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, rest);
}

SLALOM_INLINE F splat(float x) { return _mm256_set1_ps(x); }
SLALOM_INLINE I splatI(int32_t x) { return _mm256_set1_epi32(x); }
SLALOM_INLINE F zero() { return _mm256_setzero_ps(); }
SLALOM_INLINE F asF(I a) { return _mm256_castsi256_ps(a); }
SLALOM_INLINE I asI(F a) { return _mm256_castps_si256(a); }

SLALOM_INLINE F add(F a, F b) { return _mm256_add_ps(a, b); }
SLALOM_INLINE F sub(F a, F b) { return _mm256_sub_ps(a, b); }
SLALOM_INLINE F mul(F a, F b) { return _mm256_mul_ps(a, b); }
SLALOM_INLINE F div(F a, F b) { return _mm256_div_ps(a, b); }
SLALOM_INLINE F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
SLALOM_INLINE F squareRoot(F a) { return _mm256_sqrt_ps(a); }
SLALOM_INLINE F roundEven(F a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
SLALOM_INLINE F floorF(F a) { return _mm256_floor_ps(a); }

SLALOM_INLINE I addI(I a, I b) { return _mm256_add_epi32(a, b); }
SLALOM_INLINE I subI(I a, I b) { return _mm256_sub_epi32(a, b); }
SLALOM_INLINE I mulI(I a, I b) { return _mm256_mullo_epi32(a, b); }
SLALOM_INLINE I bitAnd(I a, I b) { return _mm256_and_si256(a, b); }
SLALOM_INLINE I bitOr(I a, I b) { return _mm256_or_si256(a, b); }
SLALOM_INLINE I bitXor(I a, I b) { return _mm256_xor_si256(a, b); }
template <int N>
SLALOM_INLINE I shiftLeft(I a) {
  return _mm256_slli_epi32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRight(I a) {
  return _mm256_srli_epi32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRightSigned(I a) {
  return _mm256_srai_epi32(a, N);
}

SLALOM_INLINE F toFloat(I a) { return _mm256_cvtepi32_ps(a); }
SLALOM_INLINE I truncate(F a) { return _mm256_cvttps_epi32(a); }  // in range only

SLALOM_INLINE M less(F a, F b) { return {_mm256_cmp_ps(a, b, _CMP_LT_OQ)}; }
SLALOM_INLINE M lessEqual(F a, F b) { return {_mm256_cmp_ps(a, b, _CMP_LE_OQ)}; }
// a > b ? a : b and a < b ? a : b, with denormals as zeros: not a select, which would pass them on.
SLALOM_INLINE F greaterOrSecond(F a, F b) { return _mm256_max_ps(a, b); }
SLALOM_INLINE F lessOrSecond(F a, F b) { return _mm256_min_ps(a, b); }
SLALOM_INLINE M greater(F a, F b) { return {_mm256_cmp_ps(a, b, _CMP_GT_OQ)}; }
SLALOM_INLINE M greaterEqual(F a, F b) { return {_mm256_cmp_ps(a, b, _CMP_GE_OQ)}; }
SLALOM_INLINE M equal(F a, F b) { return {_mm256_cmp_ps(a, b, _CMP_EQ_OQ)}; }
SLALOM_INLINE M notEqual(F a, F b) { return {_mm256_cmp_ps(a, b, _CMP_NEQ_UQ)}; }
SLALOM_INLINE M greaterI(I a, I b) { return {asF(_mm256_cmpgt_epi32(a, b))}; }
SLALOM_INLINE M equalI(I a, I b) { return {asF(_mm256_cmpeq_epi32(a, b))}; }
SLALOM_INLINE F select(M m, F a, F b) { return _mm256_blendv_ps(b, a, m.v); }
SLALOM_INLINE I selectI(M m, I a, I b) { return asI(_mm256_blendv_ps(asF(b), asF(a), m.v)); }
SLALOM_INLINE I maskBits(M m) { return asI(m.v); }  // all bits or none
SLALOM_INLINE M asMask(I a) { return {asF(a)}; }    // of lanes that are all bits or none
SLALOM_INLINE bool anyLane(M m) { return _mm256_movemask_ps(m.v) != 0; }

// x[i][j] becomes x[j][i].
SLALOM_INLINE void transpose(F (&x)[W]) {
  transposeHalves(x);
  transposeHalves(x + 4);
  SLALOM_UNROLL
  for (int r = 0; r < 4; r++) {
    const F first = x[r];
    x[r] = _mm256_permute2f128_ps(first, x[r + 4], 0x20);
    x[r + 4] = _mm256_permute2f128_ps(first, x[r + 4], 0x31);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
