// Few rows of c in register tiles of many columns: long runs of the rows of b, where square tiles would read short ones
// and their few sums wait for each other.
#pragma once

#include <utility>

#include "matmul_plan.inl"

namespace slalom {
namespace VARIANT {
namespace {

// One row has code of its own (matmul_vector.inl); with more, square tiles are as fast.
constexpr int kFewestWideRows = 2, kWideRows = W == 16 ? 7 : 3;
constexpr int64_t kWideDepth = 128;  // of a block of b that several tiles read, a long run of its rows

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

// V vectors of columns from `column` on, of whose last one `tail` exist; kCarry: c holds the sums of the k before.
template <int R, int V, bool kPartial, bool kCarry>
void multiplyWide(const WideRows& q, int64_t column, int64_t tail) {
  const float *a = q.a, *b = q.b + column;
  F sums[R][V];
  SLALOM_UNROLL for (int r = 0; r < R; r++) {
    SLALOM_UNROLL for (int v = 0; v < V; v++) {
      const float* from = q.c + r * q.cRow + column + v * W;
      sums[r][v] = !kCarry ? zero() : kPartial && v == V - 1 ? loadPart(from, tail) : load(from);
    }
  }
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
      if (kPartial && v == V - 1) {
        storePart(to, sums[r][v], tail);
      } else {
        store(to, sums[r][v]);
      }
    }
  }
}

using WideFn = void (*)(const WideRows& q, int64_t column, int64_t tail);

template <int R, bool kCarry, int... V>
constexpr WideFn kWide[2][sizeof...(V)] = {{multiplyWide<R, V + 1, false, kCarry>...},
                                           {multiplyWide<R, V + 1, true, kCarry>...}};

template <int R, int... V>
inline WideFn wideOf(int64_t vectors, bool partial, bool carry, std::integer_sequence<int, V...>) {
  return (carry ? kWide<R, true, V...> : kWide<R, false, V...>)[partial][vectors - 1];
}

// n columns, in tiles that are about as wide as each other.
template <int R>
void multiplyWideRows(const WideRows& all, int64_t n) {
  constexpr auto kVectors = std::make_integer_sequence<int, wideVectors(R)>();
  const int64_t vectors = ceilDiv(n, W), tiles = ceilDiv(vectors, wideVectors(R));
  WideRows q = all;
  const int64_t depth = tiles == 1 ? all.k : kWideDepth;
  for (int64_t p = 0; p < all.k; p += depth, q.a += depth * q.aCol, q.b += depth * q.bRow) {
    q.k = all.k - p < depth ? all.k - p : depth;
    for (int64_t t = 0, from = 0, to; t < tiles; t++, from = to) {
      to = (t + 1) * vectors / tiles;
      const int64_t tail = n - (to - 1) * W;
      wideOf<R>(to - from, tail < W, p > 0, kVectors)(q, from * W, tail);
    }
  }
}

using WideRowsFn = void (*)(const WideRows& q, int64_t n);

template <int... R>
constexpr WideRowsFn wideRowsOf(int64_t rows, std::integer_sequence<int, R...>) {
  constexpr WideRowsFn all[] = {multiplyWideRows<R + kFewestWideRows>...};
  return all[rows - kFewestWideRows];
}

inline WideRowsFn wideRows(int64_t rows) {
  return wideRowsOf(rows, std::make_integer_sequence<int, kWideRows - kFewestWideRows + 1>());
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
