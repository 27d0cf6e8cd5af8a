// SSE2, the x86-64 baseline: four lanes, no FMA (a rounded product, then a rounded sum).
// Included by vec.h.
#pragma once

namespace slalom {
namespace VARIANT {
namespace {

constexpr const char* kVariantName = "baseline";
constexpr int W = 4;
constexpr int kRegisters = 16;
constexpr bool kHasFma = false;
using F = __m128;
using I = __m128i;
struct M {
  __m128 v;
};

SLALOM_INLINE F load(const float* p) { return _mm_loadu_ps(p); }
SLALOM_INLINE void store(float* p, F a) { _mm_storeu_ps(p, a); }
// To an address that is a multiple of a vector's size, and what must follow before others read it.
SLALOM_INLINE void storePastCaches(float* p, F a) { _mm_stream_ps(p, a); }
SLALOM_INLINE void afterStoresPastCaches() { _mm_sfence(); }
SLALOM_INLINE I loadI(const int32_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
SLALOM_INLINE void storeI(int32_t* p, I a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a); }
// The first n < W lanes; the others are zero on loading and untouched on storing.
SLALOM_INLINE F loadPart(const float* p, int64_t n) {
  return _mm_setr_ps(n > 0 ? p[0] : 0.0f, n > 1 ? p[1] : 0.0f, n > 2 ? p[2] : 0.0f, 0.0f);
}
SLALOM_INLINE void storePart(float* p, F a, int64_t n) {
  if (n > 0) p[0] = _mm_cvtss_f32(a);
  if (n > 1) p[1] = _mm_cvtss_f32(_mm_shuffle_ps(a, a, 1));
  if (n > 2) p[2] = _mm_cvtss_f32(_mm_shuffle_ps(a, a, 2));
}

SLALOM_INLINE F splat(float x) { return _mm_set1_ps(x); }
SLALOM_INLINE I splatI(int32_t x) { return _mm_set1_epi32(x); }
SLALOM_INLINE F zero() { return _mm_setzero_ps(); }
SLALOM_INLINE F asF(I a) { return _mm_castsi128_ps(a); }
SLALOM_INLINE I asI(F a) { return _mm_castps_si128(a); }

SLALOM_INLINE F add(F a, F b) { return _mm_add_ps(a, b); }
SLALOM_INLINE F sub(F a, F b) { return _mm_sub_ps(a, b); }
SLALOM_INLINE F mul(F a, F b) { return _mm_mul_ps(a, b); }
SLALOM_INLINE F div(F a, F b) { return _mm_div_ps(a, b); }
SLALOM_INLINE F fma(F a, F b, F c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
SLALOM_INLINE F squareRoot(F a) { return _mm_sqrt_ps(a); }

SLALOM_INLINE I addI(I a, I b) { return _mm_add_epi32(a, b); }
SLALOM_INLINE I subI(I a, I b) { return _mm_sub_epi32(a, b); }
SLALOM_INLINE I mulI(I a, I b) {
  const __m128i even = _mm_mul_epu32(a, b);
  const __m128i odd = _mm_mul_epu32(_mm_srli_si128(a, 4), _mm_srli_si128(b, 4));
  return _mm_unpacklo_epi32(_mm_shuffle_epi32(even, 0x08), _mm_shuffle_epi32(odd, 0x08));
}
SLALOM_INLINE I bitAnd(I a, I b) { return _mm_and_si128(a, b); }
SLALOM_INLINE I bitOr(I a, I b) { return _mm_or_si128(a, b); }
SLALOM_INLINE I bitXor(I a, I b) { return _mm_xor_si128(a, b); }
template <int N>
SLALOM_INLINE I shiftLeft(I a) {
  return _mm_slli_epi32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRight(I a) {
  return _mm_srli_epi32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRightSigned(I a) {
  return _mm_srai_epi32(a, N);
}

SLALOM_INLINE F toFloat(I a) { return _mm_cvtepi32_ps(a); }
SLALOM_INLINE I truncate(F a) { return _mm_cvttps_epi32(a); }  // in range only

SLALOM_INLINE M less(F a, F b) { return {_mm_cmplt_ps(a, b)}; }
SLALOM_INLINE M lessEqual(F a, F b) { return {_mm_cmple_ps(a, b)}; }
// a > b ? a : b and a < b ? a : b, with denormals as zeros: not a select, which would pass them on.
SLALOM_INLINE F greaterOrSecond(F a, F b) { return _mm_max_ps(a, b); }
SLALOM_INLINE F lessOrSecond(F a, F b) { return _mm_min_ps(a, b); }
SLALOM_INLINE M greater(F a, F b) { return {_mm_cmpgt_ps(a, b)}; }
SLALOM_INLINE M greaterEqual(F a, F b) { return {_mm_cmpge_ps(a, b)}; }
SLALOM_INLINE M equal(F a, F b) { return {_mm_cmpeq_ps(a, b)}; }
SLALOM_INLINE M notEqual(F a, F b) { return {_mm_cmpneq_ps(a, b)}; }
SLALOM_INLINE M greaterI(I a, I b) { return {asF(_mm_cmpgt_epi32(a, b))}; }
SLALOM_INLINE M equalI(I a, I b) { return {asF(_mm_cmpeq_epi32(a, b))}; }
SLALOM_INLINE F select(M m, F a, F b) { return _mm_or_ps(_mm_and_ps(m.v, a), _mm_andnot_ps(m.v, b)); }
SLALOM_INLINE I selectI(M m, I a, I b) { return asI(select(m, asF(a), asF(b))); }
SLALOM_INLINE I maskBits(M m) { return asI(m.v); }  // all bits or none
SLALOM_INLINE M asMask(I a) { return {asF(a)}; }    // of lanes that are all bits or none
SLALOM_INLINE bool anyLane(M m) { return _mm_movemask_ps(m.v) != 0; }

// Whole already from 2^23 on, and NaN and infinities as they are.
SLALOM_INLINE F roundEven(F a) {
  const F magnitude = _mm_and_ps(a, asF(splatI(0x7fffffff)));
  const F sign = _mm_and_ps(a, asF(splatI(INT32_MIN)));
  const F shifted = sub(add(magnitude, splat(8388608.0f)), splat(8388608.0f));
  return select(less(magnitude, splat(8388608.0f)), _mm_or_ps(shifted, sign), a);
}
SLALOM_INLINE F floorF(F a) {
  const F sign = _mm_and_ps(a, asF(splatI(INT32_MIN)));
  const F rounded = roundEven(a);
  const F lower = select(greater(rounded, a), sub(rounded, splat(1.0f)), rounded);
  return _mm_or_ps(lower, sign);
}

// x[i][j] becomes x[j][i].
SLALOM_INLINE void transpose(F (&x)[W]) {
  const F a = _mm_unpacklo_ps(x[0], x[1]), b = _mm_unpackhi_ps(x[0], x[1]);
  const F c = _mm_unpacklo_ps(x[2], x[3]), d = _mm_unpackhi_ps(x[2], x[3]);
  x[0] = _mm_movelh_ps(a, c);
  x[1] = _mm_movehl_ps(c, a);
  x[2] = _mm_movelh_ps(b, d);
  x[3] = _mm_movehl_ps(d, b);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
