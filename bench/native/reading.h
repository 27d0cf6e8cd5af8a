// What one core takes to read so many bytes, from the first to the last, over and over.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "peak.h"
#include "runtime/block.h"

namespace slalom::bench {

using Line = uint64_t __attribute__((vector_size(64)));

// The result keeps the compiler from leaving the reading out. Whole groups of four lines are read.
[[gnu::always_inline]] inline uint64_t foldLines(const Line* lines, int64_t count) {
  Line a{}, b{}, c{}, d{};
  for (int64_t i = 0; i + 4 <= count; i += 4) {
    a ^= lines[i], b ^= lines[i + 1], c ^= lines[i + 2], d ^= lines[i + 3];
  }
  return ((a ^ b) ^ (c ^ d))[0];
}

#if defined(__x86_64__)
[[gnu::target("avx512f"), gnu::noinline]] inline uint64_t fold512(const Line* lines, int64_t count) {
  return foldLines(lines, count);
}
[[gnu::target("avx2"), gnu::noinline]] inline uint64_t fold256(const Line* lines, int64_t count) {
  return foldLines(lines, count);
}
inline uint64_t fold(const Line* lines, int64_t count) {
  return hasWide() ? fold512(lines, count) : fold256(lines, count);
}
#else
[[gnu::noinline]] inline uint64_t fold(const Line* lines, int64_t count) { return foldLines(lines, count); }
#endif

// Seconds, the median of many. The bytes lie as weights do, in huge pages.
inline double reading(int64_t bytes) {
  constexpr double kSeconds = 0.03;
  const std::shared_ptr<Block> block = Block::make(bytes);
  const Line* const lines = reinterpret_cast<const Line*>(block->data());
  volatile uint64_t result = 0;
  std::vector<double> passes;
  for (const double end = now() + kSeconds; now() < end;) {
    const double begin = now();
    result = fold(lines, bytes / static_cast<int64_t>(sizeof(Line)));
    passes.push_back(now() - begin);
  }
  (void)result;
  std::sort(passes.begin(), passes.end());
  return passes[passes.size() / 2];
}

}  // namespace slalom::bench
