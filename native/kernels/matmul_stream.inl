// One row times a matrix whose rows lie beside each other: it is read from its first byte to its last, which is how
// memory comes fastest.
#pragma once

#include <utility>

#include "matmul_plan.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Sums that stay in registers, as vectors: beside a factor, a row's vector and what marks the lanes of the last one.
constexpr int kStreamVectors = kRegisters - 4;
constexpr int64_t kMostStreamed = kStreamVectors * W * 8 / 7;  // columns: the sums of some take turns in L1

struct Stream {
  int64_t k;
  const float* x;
  int64_t xStep;
  const float* b;
  int64_t n;
  float* y;
};

// y[j ..) += factor · b[j ..), up to n.
SLALOM_INLINE void addRow(F factor, const float* b, float* y, int64_t j, int64_t n) {
  for (; j + W <= n; j += W) store(y + j, fma(factor, load(b + j), load(y + j)));
  if (j < n) storePart(y + j, fma(factor, loadPart(b + j, n - j), loadPart(y + j, n - j)), n - j);
}

// V vectors of sums in registers; kPartial: of the last one only the lanes up to n exist.
template <int V, bool kPartial>
void multiplyStream(const Stream& q) {
  constexpr bool kMore = V == kStreamVectors && !kPartial;  // there may be more sums
  const int64_t first = int64_t{V} * W, tail = q.n - (V - 1) * W;
  const float *x = q.x, *b = q.b;
  F sums[V];
  SLALOM_UNROLL for (int v = 0; v < V; v++) sums[v] = zero();
  if (kMore) {
    for (int64_t j = first; j < q.n; j++) q.y[j] = 0;
  }
  for (int64_t p = 0; p < q.k; p++, x += q.xStep, b += q.n) {
    const F factor = splat(*x);
    SLALOM_UNROLL for (int v = 0; v < V; v++) {
      const F row = kPartial && v == V - 1 ? loadPart(b + v * W, tail) : load(b + v * W);
      sums[v] = fma(factor, row, sums[v]);
    }
    if (kMore) addRow(factor, b, q.y, first, q.n);
  }
  SLALOM_UNROLL for (int v = 0; v < V; v++) {
    float* to = q.y + v * W;
    if (kPartial && v == V - 1) {
      storePart(to, sums[v], tail);
    } else {
      store(to, sums[v]);
    }
  }
}

template <int... V>
inline void multiplyStreamOf(const Stream& q, std::integer_sequence<int, V...>) {
  using StreamFn = void (*)(const Stream& q);
  constexpr StreamFn all[2][kStreamVectors] = {{multiplyStream<V + 1, false>...}, {multiplyStream<V + 1, true>...}};
  const int64_t vectors = ceilDiv(q.n, W);
  if (vectors > kStreamVectors) return all[false][kStreamVectors - 1](q);
  all[q.n % W != 0][vectors - 1](q);
}

inline bool streams(int64_t bRow, int64_t n) { return bRow == n && n <= kMostStreamed; }

inline void multiplyStream(const Stream& q) { multiplyStreamOf(q, std::make_integer_sequence<int, kStreamVectors>()); }

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
