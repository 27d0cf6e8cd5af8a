// Packing of a. A sliver holds the rows of one register tile; sliver of row i starts at i * pitch,
// pitch = depth + kSlack, so that whole vectors may be written.
#pragma once

#include "matmul_pack.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kSlack = 16;

// [depth][rows] slivers of an a with unit row stride. `present` = rows of the operand from this
// block's first to its last: whole vectors are read as far as they exist.
inline void packColumns(const float* a, int64_t aCol, int64_t depth, int64_t rows, int64_t present, float* to) {
  constexpr int kSliverVectors = (kPanelRows + W - 1) / W;
  const int64_t pitch = depth + kSlack;
  const int64_t whole = present - kSliverVectors * W;  // last row where whole vectors exist
  for (int64_t p = 0; p < depth; p++, a += aCol) {
    if (p + kRowsAhead < depth) prefetchRow(a + kRowsAhead * aCol, rows);
    int64_t i = 0;
    for (; rows - i >= 2 * kPanelRows && i <= whole; i += kPanelRows) {
      float* sliver = to + i * pitch + p * kPanelRows;
      SLALOM_UNROLL
      for (int v = 0; v < kSliverVectors; v++) store(sliver + v * W, load(a + i + v * W));
    }
    while (i < rows) {
      const int64_t take = nextRows(rows - i, kPanelRows);
      float* sliver = to + i * pitch + p * take;
      for (int64_t r = 0; r < take; r++) sliver[r] = a[i + r];
      i += take;
    }
  }
}

// [rows][depth] slivers of an a with any other strides: rows that would share L1 sets come apart.
inline void packRowsOfA(const float* a, int64_t aRow, int64_t aCol, int64_t depth, int64_t rows, float* to) {
  const int64_t full = aCol == 1 ? depth - depth % W : 0;
  for (int64_t i = 0; i < rows; i++, a += aRow, to += depth + kSlack) {
    for (int64_t p = 0; p < full; p += W) store(to + p, load(a + p));
    for (int64_t p = full; p < depth; p++) to[p] = a[p * aCol];
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
