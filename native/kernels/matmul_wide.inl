// Few rows of c in register tiles of many columns: long runs of the rows of b, where square tiles would read short ones
// and their few sums wait for each other.
#pragma once

#include <utility>

#include "matmul_plan.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int kWideRows = W == 16 ? 7 : 3;  // with more, square tiles are as fast

// Vectors beside each other whose sums of R rows stay in registers, with a factor for each row.
constexpr int wideVectors(int rows) {
  const int most = ((W == 16 ? 32 : 16) - 1 - rows) / rows;
  return most < 8 ? most : 8;
}

struct WideRows {
  int64_t k;
  const float* a;
  int64_t aRow, aCol;
  const float* b;
  int64_t bRow;
  float* c;
  int64_t cRow;
};

// V vectors of columns from `column` on, of whose last one `tail` exist.
template <int R, int V, bool kPartial>
void multiplyWide(const WideRows& q, int64_t column, int64_t tail) {
  const float *a = q.a, *b = q.b + column;
  F sums[R][V];
  SLALOM_UNROLL for (int r = 0; r < R; r++) { SLALOM_UNROLL for (int v = 0; v < V; v++) sums[r][v] = zero(); }
  for (int64_t p = 0; p < q.k; p++, a += q.aCol, b += q.bRow) {
    F factor[R];
    SLALOM_UNROLL for (int r = 0; r < R; r++) factor[r] = splat(a[r * q.aRow]);
    SLALOM_UNROLL for (int v = 0; v < V; v++) {
      const F row = kPartial && v == V - 1 ? loadPart(b + v * W, tail) : load(b + v * W);
      SLALOM_UNROLL for (int r = 0; r < R; r++) sums[r][v] = fma(factor[r], row, sums[r][v]);
    }
  }
  SLALOM_UNROLL for (int r = 0; r < R; r++) {
    SLALOM_UNROLL for (int v = 0; v < V; v++) {
      float* to = q.c + r * q.cRow + column + v * W;
      kPartial&& v == V - 1 ? storePart(to, sums[r][v], tail) : store(to, sums[r][v]);
    }
  }
}

using WideFn = void (*)(const WideRows& q, int64_t column, int64_t tail);

template <int R, int... V>
constexpr WideFn wideOf(int64_t vectors, bool partial, std::integer_sequence<int, V...>) {
  constexpr WideFn all[] = {multiplyWide<R, V + 1, false>...}, parts[] = {multiplyWide<R, V + 1, true>...};
  return (partial ? parts : all)[vectors - 1];
}

// n columns, in tiles that are about as wide as each other.
template <int R>
void multiplyWideRows(const WideRows& q, int64_t n) {
  const int64_t vectors = ceilDiv(n, W), tiles = ceilDiv(vectors, wideVectors(R));
  for (int64_t t = 0, from = 0, to; t < tiles; t++, from = to) {
    to = (t + 1) * vectors / tiles;
    const int64_t tail = n - (to - 1) * W;
    wideOf<R>(to - from, tail < W, std::make_integer_sequence<int, wideVectors(R)>())(q, from * W, tail);
  }
}

using WideRowsFn = void (*)(const WideRows& q, int64_t n);

template <int... R>
constexpr WideRowsFn wideRowsOf(int64_t rows, std::integer_sequence<int, R...>) {
  constexpr WideRowsFn all[] = {multiplyWideRows<R + 1>...};
  return all[rows - 1];
}

inline WideRowsFn wideRows(int64_t rows) { return wideRowsOf(rows, std::make_integer_sequence<int, kWideRows>()); }

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
