// Softmax of rows of up to sixteen elements: a vector holds one column of W rows.
#pragma once

#include "softmax_rows.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kShortRow = kLanes;

// W rows as columns. Rows from `rows` on, and columns from `cols` on, hold anything.
struct Columns {
  F v[kLanes];
};

// Reads nothing at or after `end`.
SLALOM_INLINE void loadColumns(Columns& c, const float* x, int64_t rows, int64_t cols, const float* end) {
  if (rows == 1) {
    for (int64_t k = 0; k < cols; ++k) c.v[k] = splat(x[k]);
    return;
  }
  for (int block = 0; block * W < cols; ++block) {
    F row[W];
    for (int r = 0; r < W; ++r) {
      const float* at = x + r * cols + block * W;
      const int64_t left = r < rows ? end - at : 0;
      row[r] = left >= W ? load(at) : loadPart(at, left);
    }
    transpose(row);
    for (int k = 0; k < W; ++k) c.v[block * W + k] = row[k];
  }
}

// Writes nothing outside the rows.
SLALOM_INLINE void storeColumns(const Columns& c, float* y, int64_t rows, int64_t cols) {
  if (rows == 1) {
    for (int64_t k = 0; k < cols; ++k) y[k] = firstLane(c.v[k]);
    return;
  }
  const float* end = y + rows * cols;
  for (int block = 0; block * W < cols; ++block) {
    F row[W];
    for (int k = 0; k < W; ++k) row[k] = c.v[block * W + k];
    transpose(row);
    for (int64_t r = 0; r < rows; ++r) {
      float* at = y + r * cols + block * W;
      const int64_t left = cols - block * W;
      // A whole vector may run into the next row, which is written after this one.
      const bool whole = left >= W || (cols <= W && at + W <= end);
      whole ? store(at, row[r]) : storePart(at, row[r], left);
    }
  }
}

// In place to exponentials; `top` and the sum of a row in its lane.
struct ColumnSums {
  F top, sum;
};

SLALOM_INLINE ColumnSums columnExponentials(Columns& c, int64_t cols) {
  F top = c.v[0];
  for (int64_t k = 1; k < cols; ++k) top = greaterOf(top, c.v[k]);
  top = add(top, zero());
  const Base base = baseOf(top);
  F lanes[kLanes];
  for (int64_t k = 0; k < cols; ++k) lanes[k] = c.v[k] = powerOf<true>(c.v[k], base);
  // The tree of foldLanes; a lane without an element would add +0.
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    for (int64_t k = 0; k + half < cols && k < half; ++k) lanes[k] = add(lanes[k], lanes[k + half]);
  }
  return {top, lanes[0]};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
