// Packing: copies of operands in the order in which register tiles read them.
//
// b becomes panels of kPanel columns, each [depth][width], the last one narrower and padded to
// whole vectors. a becomes slivers of the rows of one register tile, each [depth][rows] or
// [rows][depth].
#pragma once

#include "matmul_tile.inl"

namespace slalom {
namespace VARIANT {
namespace {

// A block's rows lie far apart in the operand, so the processor does not see the next one coming:
// packing asks for it ahead of time.
constexpr int64_t kRowsAhead = 8;
inline void prefetchRow(const float* row, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) prefetch(row + i);
}

inline int64_t paddedWidth(int64_t columns) { return (columns + W - 1) / W * W; }

// Rows [begin, end) of a block of b with unit column stride.
inline void packRows(const float* b, int64_t bRow, int64_t depth, int64_t columns, int64_t begin, int64_t end,
                     float* to) {
  const int64_t full = columns - columns % kPanel;
  const int64_t width = paddedWidth(columns - full);
  for (int64_t p = begin; p < end; p++) {
    const float* row = b + p * bRow;
    if (p + kRowsAhead < end) prefetchRow(row + kRowsAhead * bRow, columns);
    for (int64_t j = 0; j < full; j += kPanel) {
      float* panel = to + j * depth + p * kPanel;
      SLALOM_UNROLL
      for (int v = 0; v < kTileVectors; v++) store(panel + v * W, load(row + j + v * W));
    }
    for (int64_t j = full; j < columns; j += W) {
      float* vector = to + full * depth + p * width + (j - full);
      const int64_t left = columns - j;
      store(vector, left < W ? loadPart(row + j, static_cast<int>(left)) : load(row + j));
    }
  }
}

// One panel of at most kPanel columns of a b with any strides.
inline void packPanelStrided(const float* b, int64_t bRow, int64_t bCol, int64_t depth, int64_t columns, float* to) {
  const int64_t width = paddedWidth(columns);
  for (int64_t p = 0; p < depth; p++, to += width) {
    for (int64_t j = 0; j < columns; j++) to[j] = b[p * bRow + j * bCol];
    for (int64_t j = columns; j < width; j++) to[j] = 0;
  }
}

// Rows [begin, end) of W columns that begin at column(0), column(1), ..., transposed in registers W × W at a time.
template <typename Column>
SLALOM_INLINE void packTransposedColumns(const Column& column, int64_t begin, int64_t end, int64_t width, float* to) {
  int64_t p = begin;
  for (; p + W <= end; p += W) {
    F block[W];
    SLALOM_UNROLL
    for (int r = 0; r < W; r++) block[r] = load(column(r) + p);
    transpose(block);
    SLALOM_UNROLL
    for (int r = 0; r < W; r++) store(to + (p + r) * width, block[r]);
  }
  if (p == end) return;
  const int64_t left = end - p;
  F block[W];
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) block[r] = loadPart(column(r) + p, left);
  transpose(block);
  float rows[W * W];
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) store(rows + r * W, block[r]);
  for (int64_t r = 0; r < left; r++) store(to + (p + r) * width, load(rows + r * W));
}

// The same of at most W columns of a b with unit row stride; the last one fills the lanes that are left.
inline void packTransposed(const float* b, int64_t bCol, int64_t begin, int64_t end, int64_t columns, int64_t width,
                           float* to) {
  if (columns == W) return packTransposedColumns([&](int r) { return b + r * bCol; }, begin, end, width, to);
  const float* from[W];
  for (int r = 0; r < W; r++) from[r] = b + (r < columns ? r : columns - 1) * bCol;
  packTransposedColumns([&](int r) { return from[r]; }, begin, end, width, to);
}

// One panel of it.
inline void packPanelTransposed(const float* b, int64_t bCol, int64_t depth, int64_t columns, float* to) {
  const int64_t width = paddedWidth(columns);
  for (int64_t j = 0; j < columns; j += W) {
    packTransposed(b + j * bCol, bCol, 0, depth, columns - j < W ? columns - j : W, width, to + j);
  }
}

// One panel.
inline void packPanel(const float* b, int64_t bRow, int64_t bCol, int64_t depth, int64_t columns, float* to) {
  if (bCol == 1) return packRows(b, bRow, depth, columns, 0, depth, to);
  if (bRow == 1) return packPanelTransposed(b, bCol, depth, columns, to);
  packPanelStrided(b, bRow, bCol, depth, columns, to);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
