// Vectors of eight lanes, in halves: what AVX2 and AVX-512 transpose the fastest. Included by theirs.
#pragma once

namespace slalom {
namespace VARIANT {
namespace {

// Four vectors from x on: in each half of them, x[i][j] becomes x[j][i].
SLALOM_INLINE void transposeHalves(__m256* x) {
  const __m256 low01 = _mm256_unpacklo_ps(x[0], x[1]), high01 = _mm256_unpackhi_ps(x[0], x[1]);
  const __m256 low23 = _mm256_unpacklo_ps(x[2], x[3]), high23 = _mm256_unpackhi_ps(x[2], x[3]);
  x[0] = _mm256_shuffle_ps(low01, low23, 0x44);
  x[1] = _mm256_shuffle_ps(low01, low23, 0xee);
  x[2] = _mm256_shuffle_ps(high01, high23, 0x44);
  x[3] = _mm256_shuffle_ps(high01, high23, 0xee);
}

// Elements 0 to 3 of each of eight addresses; x[i] gets the i-th of every address.
template <typename At>
SLALOM_INLINE void loadFours(const At& at, __m256 (&x)[4]) {
  SLALOM_UNROLL
  for (int r = 0; r < 4; r++) {
    const __m256 first = _mm256_castps128_ps256(_mm_loadu_ps(at(r)));
    x[r] = _mm256_insertf128_ps(first, _mm_loadu_ps(at(r + 4)), 1);
  }
  transposeHalves(x);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
