// AVX-512 (F, BW, DQ, VL): sixteen lanes. Included by vec.h.
#pragma once

#include "vec_halves.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr const char* kVariantName = "avx512";
constexpr int W = 16;
constexpr int kRegisters = 32;
constexpr bool kHasFma = true;
using F = __m512;
using I = __m512i;
using M = __mmask16;

SLALOM_INLINE M firstLanes(int64_t n) { return static_cast<M>((1u << n) - 1u); }

SLALOM_INLINE F load(const float* p) { return _mm512_loadu_ps(p); }
SLALOM_INLINE void store(float* p, F a) { _mm512_storeu_ps(p, a); }
// To an address that is a multiple of a vector's size, and what must follow before others read it.
SLALOM_INLINE void storePastCaches(float* p, F a) { _mm512_stream_ps(p, a); }
SLALOM_INLINE void afterStoresPastCaches() { _mm_sfence(); }
SLALOM_INLINE I loadI(const int32_t* p) { return _mm512_loadu_si512(p); }
SLALOM_INLINE void storeI(int32_t* p, I a) { _mm512_storeu_si512(p, a); }
// The first n < W lanes; the others are zero on loading and untouched on storing.
SLALOM_INLINE F loadPart(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(firstLanes(n), p); }
SLALOM_INLINE void storePart(float* p, F a, int64_t n) { _mm512_mask_storeu_ps(p, firstLanes(n), a); }

SLALOM_INLINE F splat(float x) { return _mm512_set1_ps(x); }
SLALOM_INLINE I splatI(int32_t x) { return _mm512_set1_epi32(x); }
SLALOM_INLINE F zero() { return _mm512_setzero_ps(); }
SLALOM_INLINE F asF(I a) { return _mm512_castsi512_ps(a); }
SLALOM_INLINE I asI(F a) { return _mm512_castps_si512(a); }

SLALOM_INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }
SLALOM_INLINE F sub(F a, F b) { return _mm512_sub_ps(a, b); }
SLALOM_INLINE F mul(F a, F b) { return _mm512_mul_ps(a, b); }
SLALOM_INLINE F div(F a, F b) { return _mm512_div_ps(a, b); }
SLALOM_INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
// Correctly rounded, as the processor's instruction, which shares the divider that update rules wait for: steps of
// Newton and Markstein (IA-64 and Elementary Functions, 2000, chapter 9) from an estimate within 2^-14. The instruction
// takes zero, infinity, NaN, what is negative, and what is so small that the last remainder would be denormal.
// test/core/kernels_root.cpp shows that no estimate as good as that rounds otherwise.
SLALOM_INLINE F squareRoot(F a) {
  const I least = _mm512_set1_epi32(0x0c800000), range = _mm512_set1_epi32(0x7f800000 - 0x0c800000 - 1);
  if (_mm512_cmpgt_epu32_mask(_mm512_sub_epi32(_mm512_castps_si512(a), least), range)) return _mm512_sqrt_ps(a);
  const F half = _mm512_set1_ps(0.5f), estimate = _mm512_rsqrt14_ps(a);
  F root = _mm512_mul_ps(a, estimate), reciprocal = _mm512_mul_ps(half, estimate);  // of twice the root
  const F error = _mm512_fnmadd_ps(root, reciprocal, half);
  root = _mm512_fmadd_ps(root, error, root);
  reciprocal = _mm512_fmadd_ps(reciprocal, error, reciprocal);
  return _mm512_fmadd_ps(_mm512_fnmadd_ps(root, root, a), reciprocal, root);
}
// Of vectors beside each other every fourth by the instruction, in the turns that the divisions leave to the divider.
constexpr int kRootTurns = 4;
template <int kTurn>
SLALOM_INLINE F squareRootInTurn(F a) {
  return kTurn == 0 ? _mm512_sqrt_ps(a) : squareRoot(a);
}
SLALOM_INLINE F roundEven(F a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
SLALOM_INLINE F floorF(F a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }

SLALOM_INLINE I addI(I a, I b) { return _mm512_add_epi32(a, b); }
SLALOM_INLINE I subI(I a, I b) { return _mm512_sub_epi32(a, b); }
SLALOM_INLINE I mulI(I a, I b) { return _mm512_mullo_epi32(a, b); }
SLALOM_INLINE I bitAnd(I a, I b) { return _mm512_and_si512(a, b); }
SLALOM_INLINE I bitOr(I a, I b) { return _mm512_or_si512(a, b); }
SLALOM_INLINE I bitXor(I a, I b) { return _mm512_xor_si512(a, b); }
template <int N>
SLALOM_INLINE I shiftLeft(I a) {
  return _mm512_slli_epi32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRight(I a) {
  return _mm512_srli_epi32(a, N);
}
template <int N>
SLALOM_INLINE I shiftRightSigned(I a) {
  return _mm512_srai_epi32(a, N);
}

SLALOM_INLINE F toFloat(I a) { return _mm512_cvtepi32_ps(a); }
SLALOM_INLINE I truncate(F a) { return _mm512_cvttps_epi32(a); }  // in range only

SLALOM_INLINE M less(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
SLALOM_INLINE M lessEqual(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
// a > b ? a : b and a < b ? a : b, with denormals as zeros: not a select, which would pass them on.
SLALOM_INLINE F greaterOrSecond(F a, F b) { return _mm512_max_ps(a, b); }
SLALOM_INLINE F lessOrSecond(F a, F b) { return _mm512_min_ps(a, b); }
SLALOM_INLINE M greater(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
SLALOM_INLINE M greaterEqual(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
SLALOM_INLINE M equal(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
SLALOM_INLINE M notEqual(F a, F b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ); }
SLALOM_INLINE M greaterI(I a, I b) { return _mm512_cmpgt_epi32_mask(a, b); }
SLALOM_INLINE M equalI(I a, I b) { return _mm512_cmpeq_epi32_mask(a, b); }
SLALOM_INLINE F select(M m, F a, F b) { return _mm512_mask_blend_ps(m, b, a); }
SLALOM_INLINE I selectI(M m, I a, I b) { return _mm512_mask_blend_epi32(m, b, a); }
SLALOM_INLINE I maskBits(M m) { return _mm512_movm_epi32(m); }   // all bits or none
SLALOM_INLINE M asMask(I a) { return _mm512_movepi32_mask(a); }  // of lanes that are all bits or none
SLALOM_INLINE bool anyLane(M m) { return m != 0; }

// Four vectors from x on: in each quarter of them, x[i][j] becomes x[j][i].
SLALOM_INLINE void transposeQuarters(F* x) {
  const F low01 = _mm512_unpacklo_ps(x[0], x[1]), high01 = _mm512_unpackhi_ps(x[0], x[1]);
  const F low23 = _mm512_unpacklo_ps(x[2], x[3]), high23 = _mm512_unpackhi_ps(x[2], x[3]);
  x[0] = _mm512_shuffle_ps(low01, low23, 0x44);
  x[1] = _mm512_shuffle_ps(low01, low23, 0xee);
  x[2] = _mm512_shuffle_ps(high01, high23, 0x44);
  x[3] = _mm512_shuffle_ps(high01, high23, 0xee);
}

// Elements 0 to 3 of each of W addresses; x[i] gets the i-th of every address. They go straight to their lanes, which
// takes the ports for shuffles less long than transposing whole vectors; but every line is read four times, too often
// where it does not stay in L1.
template <typename At>
SLALOM_INLINE void loadFours(const At& at, F (&x)[4]) {
  SLALOM_UNROLL
  for (int r = 0; r < 4; r++) {
    const F first = _mm512_castps128_ps512(_mm_loadu_ps(at(r)));
    const F second = _mm512_mask_broadcast_f32x4(first, 0x00f0, _mm_loadu_ps(at(r + 4)));
    const F third = _mm512_mask_broadcast_f32x4(second, 0x0f00, _mm_loadu_ps(at(r + 8)));
    x[r] = _mm512_mask_broadcast_f32x4(third, 0xf000, _mm_loadu_ps(at(r + 12)));
  }
  transposeQuarters(x);
}

// Vectors of half the size are transposed faster: a quarter takes its lanes on its way from memory, for less than the
// mask costs, and the ports for shuffles take three of them in two cycles.
using NarrowF = __m256;
constexpr int kNarrow = 8;
SLALOM_INLINE NarrowF splatNarrow(float x) { return _mm256_set1_ps(x); }
SLALOM_INLINE NarrowF loadNarrow(const float* p) { return _mm256_loadu_ps(p); }
SLALOM_INLINE NarrowF fma(NarrowF a, NarrowF b, NarrowF c) { return _mm256_fmadd_ps(a, b, c); }
SLALOM_INLINE void store(float* p, NarrowF a) { _mm256_storeu_ps(p, a); }
SLALOM_INLINE void storePart(float* p, NarrowF a, int64_t n) { storePart(p, _mm512_castps256_ps512(a), n); }

// x[i][j] becomes x[j][i]. Halves and quarters of vectors change places by one shuffle and two blends, not by two
// shuffles, which have fewer ports.
SLALOM_INLINE void transpose(F (&x)[W]) {
  SLALOM_UNROLL
  for (int r = 0; r < 8; r++) {
    const F moved = _mm512_shuffle_f32x4(x[r], x[r + 8], 0x4e);
    x[r] = _mm512_mask_mov_ps(x[r], 0xff00, moved);
    x[r + 8] = _mm512_mask_mov_ps(moved, 0xff00, x[r + 8]);
  }
  const I quarters = _mm512_setr_epi32(4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27);
  SLALOM_UNROLL
  for (int i = 0; i < 8; i++) {
    const int r = i + i / 4 * 4;
    const F moved = _mm512_permutex2var_ps(x[r], quarters, x[r + 4]);
    x[r] = _mm512_mask_mov_ps(x[r], 0xf0f0, moved);
    x[r + 4] = _mm512_mask_mov_ps(moved, 0xf0f0, x[r + 4]);
  }
  // x[4 i + j] holds elements 4 i to 4 i + 3 of rows j, j + 4, j + 8, j + 12.
  SLALOM_UNROLL
  for (int i = 0; i < W; i += 4) transposeQuarters(x + i);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
