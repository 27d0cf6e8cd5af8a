// Vectors of 32-bit lanes, as wide as the variant has them: F (float), I (int32), M (mask).
// Intrinsics only; W lanes. Every function is exact or correctly rounded, so that the same
// expression gives the same bits on every variant that has FMA.
#pragma once

#include <stdint.h>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#elif defined(__aarch64__) || defined(_M_ARM64)
#include <arm_neon.h>
#else
#error "slalom: the kernels know x86-64 and aarch64"
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define SLALOM_INLINE __forceinline
#else
#define SLALOM_INLINE inline __attribute__((always_inline))
#endif

// The loop that follows, completely: arrays of vectors stay in registers only without an index.
#if defined(__clang__)
#define SLALOM_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define SLALOM_UNROLL _Pragma("GCC unroll 64")
#else
#define SLALOM_UNROLL
#endif

// Asks for the cache line of an address that is read soon; any address will do.
SLALOM_INLINE void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#elif defined(_M_X64)
  _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T0);
#else
  __prefetch(address);
#endif
}

// The same for what is read so late that the nearest cache should not hold it.
SLALOM_INLINE void prefetchFar(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address, 0, 2);
#elif defined(_M_X64)
  _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T1);
#else
  __prefetch(address);
#endif
}

#if defined(__AVX512F__)
#include "vec_avx512.h"
#elif defined(__AVX2__)
#include "vec_avx2.h"
#elif defined(__aarch64__) || defined(_M_ARM64)
#include "vec_neon.h"
#else
#include "vec_sse2.h"
#endif

namespace slalom {
namespace VARIANT {
namespace {

SLALOM_INLINE M isNan(F a) { return notEqual(a, a); }
SLALOM_INLINE F absolute(F a) { return asF(bitAnd(asI(a), splatI(0x7fffffff))); }
SLALOM_INLINE F negate(F a) { return asF(bitXor(asI(a), splatI(INT32_MIN))); }
// Magnitude of a, sign of b.
SLALOM_INLINE F copySign(F a, F b) {
  return asF(bitOr(bitAnd(asI(a), splatI(0x7fffffff)), bitAnd(asI(b), splatI(INT32_MIN))));
}
// NaN if one operand is NaN; of two zeros the second.
SLALOM_INLINE F maximum(F a, F b) { return select(isNan(a), a, greaterOrSecond(a, b)); }
SLALOM_INLINE F minimum(F a, F b) { return select(isNan(a), a, lessOrSecond(a, b)); }
// W elements from each of W addresses; x[i] gets the i-th of every address.
template <typename At>
SLALOM_INLINE void loadTransposed(const At& at, F (&x)[W]) {
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) x[r] = load(at(r));
  transpose(x);
}
#if !defined(__AVX2__)
// Elements 0 to 3 of each of W addresses; x[i] gets the i-th of every address.
template <typename At>
SLALOM_INLINE void loadFours(const At& at, F (&x)[4]) {
  loadTransposed(at, x);
}
#endif
#if !defined(__AVX512F__)
// Of vectors beside each other each has its turn: here all take the instruction.
constexpr int kRootTurns = 1;
template <int kTurn>
SLALOM_INLINE F squareRootInTurn(F a) {
  return squareRoot(a);
}
// The vectors that are transposed the fastest.
using NarrowF = F;
constexpr int kNarrow = W;
SLALOM_INLINE NarrowF splatNarrow(float x) { return splat(x); }
SLALOM_INLINE NarrowF loadNarrow(const float* p) { return load(p); }
#endif
// 2^n for n in [-126, 127].
SLALOM_INLINE F powerOfTwo(I n) { return asF(shiftLeft<23>(addI(n, splatI(127)))); }

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
