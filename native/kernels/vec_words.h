// What the random kernels need beyond vec.h: products of 32-bit words to 64 bits, and four
// vectors stored element by element in turn.
#pragma once

#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

struct WordProduct {
  I low, high;
};

#if defined(__AVX512F__)

// Unsigned a * b.
SLALOM_INLINE WordProduct multiplyWords(I a, I b) {
  const I even = _mm512_mul_epu32(a, b);
  const I odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
  return {_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32)),
          _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd)};
}

// p[4 i + k] = vector k, lane i.
SLALOM_INLINE void storeInTurn(float* p, F a, F b, F c, F d) {
  const F ab0 = _mm512_unpacklo_ps(a, b), ab1 = _mm512_unpackhi_ps(a, b);
  const F cd0 = _mm512_unpacklo_ps(c, d), cd1 = _mm512_unpackhi_ps(c, d);
  const F r0 = _mm512_shuffle_ps(ab0, cd0, 0x44), r1 = _mm512_shuffle_ps(ab0, cd0, 0xee);
  const F r2 = _mm512_shuffle_ps(ab1, cd1, 0x44), r3 = _mm512_shuffle_ps(ab1, cd1, 0xee);
  const F s0 = _mm512_shuffle_f32x4(r0, r1, 0x88), s1 = _mm512_shuffle_f32x4(r2, r3, 0x88);
  const F s2 = _mm512_shuffle_f32x4(r0, r1, 0xdd), s3 = _mm512_shuffle_f32x4(r2, r3, 0xdd);
  store(p, _mm512_shuffle_f32x4(s0, s1, 0x88));
  store(p + 16, _mm512_shuffle_f32x4(s2, s3, 0x88));
  store(p + 32, _mm512_shuffle_f32x4(s0, s1, 0xdd));
  store(p + 48, _mm512_shuffle_f32x4(s2, s3, 0xdd));
}

#elif defined(__AVX2__)

SLALOM_INLINE WordProduct multiplyWords(I a, I b) {
  const I even = _mm256_mul_epu32(a, b);
  const I odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
  return {_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa),
          _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa)};
}

SLALOM_INLINE void storeInTurn(float* p, F a, F b, F c, F d) {
  const F ab0 = _mm256_unpacklo_ps(a, b), ab1 = _mm256_unpackhi_ps(a, b);
  const F cd0 = _mm256_unpacklo_ps(c, d), cd1 = _mm256_unpackhi_ps(c, d);
  const F r0 = _mm256_shuffle_ps(ab0, cd0, 0x44), r1 = _mm256_shuffle_ps(ab0, cd0, 0xee);
  const F r2 = _mm256_shuffle_ps(ab1, cd1, 0x44), r3 = _mm256_shuffle_ps(ab1, cd1, 0xee);
  store(p, _mm256_permute2f128_ps(r0, r1, 0x20));
  store(p + 8, _mm256_permute2f128_ps(r2, r3, 0x20));
  store(p + 16, _mm256_permute2f128_ps(r0, r1, 0x31));
  store(p + 24, _mm256_permute2f128_ps(r2, r3, 0x31));
}

#elif defined(__aarch64__) || defined(_M_ARM64)

SLALOM_INLINE WordProduct multiplyWords(I a, I b) {
  const uint32x4_t x = vreinterpretq_u32_s32(a), y = vreinterpretq_u32_s32(b);
  const uint32x4_t first = vreinterpretq_u32_u64(vmull_u32(vget_low_u32(x), vget_low_u32(y)));
  const uint32x4_t second = vreinterpretq_u32_u64(vmull_u32(vget_high_u32(x), vget_high_u32(y)));
  return {vreinterpretq_s32_u32(vuzp1q_u32(first, second)), vreinterpretq_s32_u32(vuzp2q_u32(first, second))};
}

SLALOM_INLINE void storeInTurn(float* p, F a, F b, F c, F d) {
  const float32x4x4_t all = {{a, b, c, d}};
  vst4q_f32(p, all);
}

#else

SLALOM_INLINE WordProduct multiplyWords(I a, I b) {
  const I even = _mm_mul_epu32(a, b);
  const I odd = _mm_mul_epu32(_mm_srli_epi64(a, 32), _mm_srli_epi64(b, 32));
  const I lowHalf = _mm_set1_epi64x(0xffffffff);
  return {_mm_or_si128(_mm_and_si128(even, lowHalf), _mm_slli_epi64(odd, 32)),
          _mm_or_si128(_mm_srli_epi64(even, 32), _mm_andnot_si128(lowHalf, odd))};
}

SLALOM_INLINE void storeInTurn(float* p, F a, F b, F c, F d) {
  const F ab0 = _mm_unpacklo_ps(a, b), ab1 = _mm_unpackhi_ps(a, b);
  const F cd0 = _mm_unpacklo_ps(c, d), cd1 = _mm_unpackhi_ps(c, d);
  store(p, _mm_shuffle_ps(ab0, cd0, 0x44));
  store(p + 4, _mm_shuffle_ps(ab0, cd0, 0xee));
  store(p + 8, _mm_shuffle_ps(ab1, cd1, 0x44));
  store(p + 12, _mm_shuffle_ps(ab1, cd1, 0xee));
}

#endif

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
