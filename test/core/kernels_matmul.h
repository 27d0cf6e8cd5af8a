// Products in memory of exactly their size, their tiles in any order and grouping.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "kernels_product.h"
#include "kernels_support.h"

namespace slalom::test {

// Memory of exactly the asked size, so that the address sanitizer sees every access beyond it.
struct Free {
  void operator()(void* p) const { std::free(p); }
};
template <typename T>
using Memory = std::unique_ptr<T[], Free>;

template <typename T>
Memory<T> allocate(int64_t count) {
  return Memory<T>(static_cast<T*>(std::malloc(count == 0 ? 1 : static_cast<size_t>(count) * sizeof(T))));
}

inline Memory<char> aligned(size_t bytes) {
  return Memory<char>(static_cast<char*>(std::aligned_alloc(64, (bytes + 127) / 64 * 64)));
}

// In [-1, 1), the same for every variant.
template <typename T>
Memory<T> randoms(int64_t count, uint64_t seed) {
  Memory<T> values = allocate<T>(count);
  uint64_t state = seed * 2654435761u + 12345;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    values[static_cast<size_t>(i)] = static_cast<T>(static_cast<double>(state >> 40) / 8388608.0 - 1);
  }
  return values;
}

enum TileOrder { kWhole, kReversed, kUneven };

// Runs all calls of a product, tiles in the given order; `piece` > 0: in the order that they have, so many at a time.
inline void run(const KernelTable& table, MatmulArgs& args, TileOrder order = kWhole, int64_t piece = 0) {
  const FloatMode mode;
  CallPlan plan;
  table.planMatmul(&args, &plan);
  const Memory<char> workspace = aligned(plan.workspace);
  args.workspace = workspace.get();
  for (int i = 0; i < plan.count; ++i) {
    const Call& call = plan.calls[i];
    const Memory<char> scratch = aligned(call.scratch);
    const auto tiles = [&](int64_t begin, int64_t end) { call.run(call.args, begin, end, scratch.get()); };
    if (piece > 0) {
      for (int64_t t = 0; t < call.tiles; t += piece) tiles(t, std::min(t + piece, call.tiles));
    } else if (order == kWhole) {
      tiles(0, call.tiles);
    } else if (order == kReversed) {
      for (int64_t t = call.tiles; t-- > 0;) tiles(t, t + 1);
    } else {
      const int64_t cut = call.tiles / 3;
      tiles(cut, call.tiles);
      tiles(0, cut);
    }
  }
}

// Variants against the reference; c has `count` elements.
inline void agree(MatmulArgs args, const float* a, const float* b, int64_t count, Which which = Which::sameBits) {
  const Memory<float> expected = allocate<float>(count), actual = allocate<float>(count);
  args.a = a;
  args.b = b;
  args.c = expected.get();
  run(*kernelsNamed("reference"), args);
  args.c = actual.get();
  const size_t bytes = static_cast<size_t>(count) * sizeof(float);
  for (const KernelTable* table : kernelTables(which)) {
    std::memset(actual.get(), 0xff, bytes);
    run(*table, args, static_cast<TileOrder>((args.m + args.n + args.k) % 3));
    check(std::memcmp(actual.get(), expected.get(), bytes) == 0, describe(*table, args));
  }
}

inline void agree(int64_t m, int64_t n, int64_t k, bool transposeA, bool transposeB) {
  const Memory<float> a = randoms<float>(m * k, 1), b = randoms<float>(k * n, 2);
  const MatmulArgs args = product(m, n, k, transposeA, transposeB);
  agree(args, a.get(), b.get(), m * n);
  // Sums of whole numbers are exact, without fma too.
  for (int64_t i = 0; i < m * k; ++i) a[static_cast<size_t>(i)] = std::nearbyint(8 * a[static_cast<size_t>(i)]);
  for (int64_t i = 0; i < k * n; ++i) b[static_cast<size_t>(i)] = std::nearbyint(8 * b[static_cast<size_t>(i)]);
  agree(args, a.get(), b.get(), m * n, Which::variants);
}

}  // namespace slalom::test
