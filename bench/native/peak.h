// The most multiply-adds that one core of this CPU does: twelve or more independent chains of fused
// multiply-adds that touch no memory. Every share of peak in bench/ is of this, measured beside it.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace slalom::bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

#if defined(__x86_64__)
// The same in 512 and in 256 bits: some cores do twice as much with the wider one, some as much.
// Chains that start alike would be one chain to the compiler.
[[gnu::target("avx512f"), gnu::noinline]] inline double chains512(int64_t rounds) {
  __m512 a0 = _mm512_set1_ps(0), a1 = a0 + 1, a2 = a0 + 2, a3 = a0 + 3, a4 = a0 + 4, a5 = a0 + 5;
  __m512 a6 = a0 + 6, a7 = a0 + 7, a8 = a0 + 8, a9 = a0 + 9, a10 = a0 + 10, a11 = a0 + 11;
  const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
  for (int64_t i = 0; i < rounds; ++i) {
    a0 = _mm512_fmadd_ps(a0, x, y), a1 = _mm512_fmadd_ps(a1, x, y), a2 = _mm512_fmadd_ps(a2, x, y);
    a3 = _mm512_fmadd_ps(a3, x, y), a4 = _mm512_fmadd_ps(a4, x, y), a5 = _mm512_fmadd_ps(a5, x, y);
    a6 = _mm512_fmadd_ps(a6, x, y), a7 = _mm512_fmadd_ps(a7, x, y), a8 = _mm512_fmadd_ps(a8, x, y);
    a9 = _mm512_fmadd_ps(a9, x, y), a10 = _mm512_fmadd_ps(a10, x, y), a11 = _mm512_fmadd_ps(a11, x, y);
  }
  const __m512 sum = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
  return static_cast<double>(sum[0]);
}
[[gnu::target("avx2,fma"), gnu::noinline]] inline double chains256(int64_t rounds) {
  __m256 a0 = _mm256_set1_ps(0), a1 = a0 + 1, a2 = a0 + 2, a3 = a0 + 3, a4 = a0 + 4, a5 = a0 + 5;
  __m256 a6 = a0 + 6, a7 = a0 + 7, a8 = a0 + 8, a9 = a0 + 9, a10 = a0 + 10, a11 = a0 + 11;
  const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
  for (int64_t i = 0; i < rounds; ++i) {
    a0 = _mm256_fmadd_ps(a0, x, y), a1 = _mm256_fmadd_ps(a1, x, y), a2 = _mm256_fmadd_ps(a2, x, y);
    a3 = _mm256_fmadd_ps(a3, x, y), a4 = _mm256_fmadd_ps(a4, x, y), a5 = _mm256_fmadd_ps(a5, x, y);
    a6 = _mm256_fmadd_ps(a6, x, y), a7 = _mm256_fmadd_ps(a7, x, y), a8 = _mm256_fmadd_ps(a8, x, y);
    a9 = _mm256_fmadd_ps(a9, x, y), a10 = _mm256_fmadd_ps(a10, x, y), a11 = _mm256_fmadd_ps(a11, x, y);
  }
  const __m256 sum = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
  return static_cast<double>(sum[0]);
}
// Of the widest vectors that this CPU has.
inline bool hasWide() { return __builtin_cpu_supports("avx512f"); }
inline double chains(int64_t rounds, bool wide) { return wide ? chains512(rounds) : chains256(rounds); }
inline int64_t flopsPerRound(bool wide) { return wide ? 12 * 16 * 2 : 12 * 8 * 2; }
#elif defined(__aarch64__)
inline bool hasWide() { return true; }
[[gnu::noinline]] inline double chains(int64_t rounds, bool) {
  float32x4_t a[16];
  for (int i = 0; i < 16; ++i)
    a[i] = vdupq_n_f32(static_cast<float>(i));  // alike, they would be one chain to the compiler
  const float32x4_t x = vdupq_n_f32(0.999f), y = vdupq_n_f32(0.001f);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 16
    for (auto& v : a) v = vfmaq_f32(y, v, x);
  }
  float sum = 0;
  for (const auto& v : a) sum += vaddvq_f32(v);
  return sum;
}
inline int64_t flopsPerRound(bool) { return 16 * 4 * 2; }
#endif

// GFLOP/s in a burst of about `milliseconds`, with the widest vectors or, on x86, without AVX-512.
inline double peak(double milliseconds = 0.3, bool wide = hasWide()) {
  volatile int64_t given = static_cast<int64_t>(milliseconds * 500000);
  volatile double result;
  const double start = now();
  const int64_t rounds = given;  // volatile on both ends: the chains stay between the clocks
  result = chains(rounds, wide);
  (void)result;
  return static_cast<double>(rounds * flopsPerRound(wide)) / (now() - start) / 1e9;
}

// GHz of this core: a chain of operations of known latency, in cycles.
inline double clockOfCore() {
  constexpr int kOperations = 300000;
  const double start = now();
#if defined(__x86_64__)
  constexpr int kLatency = 3;
  int64_t value = 3;
  for (int i = 0; i < kOperations; ++i) __asm__ volatile("imulq %0, %0" : "+r"(value));
#elif defined(__aarch64__)
  constexpr int kLatency = 1;
  int64_t value = 3;
  for (int i = 0; i < kOperations; ++i) __asm__ volatile("add %0, %0, #1" : "+r"(value));
#endif
  return 1e-9 * kOperations * kLatency / (now() - start);
}

}  // namespace slalom::bench
