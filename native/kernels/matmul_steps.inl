// A few steps of k at once, whole rows of b and of c: R rows of c beside each other.
#pragma once

#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

// c [R, n] = a [R, K] · b [K, n], rows of b and c contiguous; kCarry: c holds the steps before, to which these are
// added. V vectors of a row take turns, so that their sums do not wait for each other.
template <int K, int R, int V, bool kCarry>
SLALOM_INLINE void multiplySteps(const float* a, int64_t aRow, int64_t aCol, const float* b, int64_t bRow, float* c,
                                 int64_t cRow, int64_t n) {
  F x[R][K];
  SLALOM_UNROLL for (int r = 0; r < R; r++) {
    SLALOM_UNROLL for (int p = 0; p < K; p++) x[r][p] = splat(a[r * aRow + p * aCol]);
  }
  const auto sum = [&](const auto& read, const auto& write, auto& y) {
    constexpr int kVectors = sizeof(y[0]) / sizeof(F);
    SLALOM_UNROLL for (int r = 0; r < R; r++) {
      SLALOM_UNROLL for (int v = 0; v < kVectors; v++) y[r][v] = kCarry ? read(c + r * cRow, v) : zero();
    }
    SLALOM_UNROLL for (int p = 0; p < K; p++) {
      SLALOM_UNROLL for (int v = 0; v < kVectors; v++) {
        const F row = read(b + p * bRow, v);
        SLALOM_UNROLL for (int r = 0; r < R; r++) y[r][v] = fma(x[r][p], row, y[r][v]);
      }
    }
    SLALOM_UNROLL for (int r = 0; r < R; r++) {
      SLALOM_UNROLL for (int v = 0; v < kVectors; v++) write(c + r * cRow, v, y[r][v]);
    }
  };
  int64_t j = 0;
  const auto whole = [&](const float* row, int v) { return load(row + j + v * W); };
  const auto put = [&](float* row, int v, F sums) { store(row + j + v * W, sums); };
  for (; V > 1 && j + V * W <= n; j += V * W) {
    F y[R][V];
    sum(whole, put, y);
  }
  F y[R][1];
  for (; j + W <= n; j += W) sum(whole, put, y);
  if (j == n) return;
  sum([&](const float* row, int) { return loadPart(row + j, n - j); },
      [&](float* row, int, F sums) { storePart(row + j, sums, n - j); }, y);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
