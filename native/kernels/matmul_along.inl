// A few rows times a matrix whose columns lie along k: vectors of columns are transposed in registers, so that lanes
// are columns. Packing the matrix would take longer than multiplying it.
#pragma once

#include <type_traits>

#include "matmul_plan.inl"

namespace slalom {
namespace VARIANT {
namespace {

struct AlongProblem {
  int64_t k;
  const float* x;  // the rows
  int64_t xRow, xStep;
  const float* b;
  int64_t bCol;
};

struct Wide {
  using Vector = F;
  static constexpr int kLanes = W;
  static SLALOM_INLINE F splat(float x) { return VARIANT::splat(x); }
  static SLALOM_INLINE F load(const float* p) { return VARIANT::load(p); }
};
struct Narrow {
  using Vector = NarrowF;
  static constexpr int kLanes = kNarrow;
  static SLALOM_INLINE NarrowF splat(float x) { return splatNarrow(x); }
  static SLALOM_INLINE NarrowF load(const float* p) { return loadNarrow(p); }
};

// How many steps of k at once. By fours the ports for shuffles are busy less long than with whole vectors, but every
// line is read several times: too often where lines lie in the same sets of L1, which do not hold so many.
struct ByFours : Narrow {
  static constexpr int kSteps = 4;
  template <typename At>
  static SLALOM_INLINE void block(const At& at, NarrowF (&x)[kSteps]) {
    loadFours(at, x);
  }
};
// Wide vectors by fours, four times.
struct ByQuarters : Wide {
  static constexpr int kSteps = W;
  template <typename At>
  static SLALOM_INLINE void block(const At& at, F (&x)[kSteps]) {
    SLALOM_UNROLL
    for (int i = 0; i < W; i += 4) {
      F four[4];
      loadFours([&](int j) { return at(j) + i; }, four);
      SLALOM_UNROLL
      for (int r = 0; r < 4; r++) x[i + r] = four[r];
    }
  }
};
// Every line once.
struct ByLines : Wide {
  static constexpr int kSteps = W;
  template <typename At>
  static SLALOM_INLINE void block(const At& at, F (&x)[kSteps]) {
    loadTransposed(at, x);
  }
};

// Narrow vectors, where one row or two leave little to do beside transposing.
template <int R>
using Along = std::conditional_t<kNarrow == W || R <= 2, ByFours, ByQuarters>;

// Vectors of columns at once, so that sums do not wait for each other: as many as there are registers for.
constexpr int alongGroups(int rows, int lanes) { return rows == 1 ? 4 : lanes == 8 && rows <= 4 ? 2 : 1; }
constexpr int kConflicting = 16;  // columns of one row in the same sets

constexpr int64_t kAlongAhead = 32;  // elements of a column that are asked for before it is their turn

// Where the columns of G vectors go on. The compiler forgets where each vector comes from: as offsets from one place
// they take more registers than there are.
template <int kLanes, int G>
struct AlongColumns {
  const float* first[G];
  int64_t bCol;

  SLALOM_INLINE AlongColumns(const AlongProblem& q, int64_t) : bCol(q.bCol) {
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) first[g] = kept(q.b + g * kLanes * bCol);
  }
  SLALOM_INLINE const float* at(int g, int j) const { return first[g] + j * bCol; }
  SLALOM_INLINE void step(int64_t steps) {
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) first[g] += steps;
  }
};
// Of a single vector, of which so many columns exist; the others repeat the last one.
template <int kLanes>
struct AlongColumns<kLanes, 1> {
  const float* from[kLanes];
  int64_t p = 0;

  SLALOM_INLINE AlongColumns(const AlongProblem& q, int64_t count) {
    SLALOM_UNROLL
    for (int j = 0; j < kLanes; j++) from[j] = q.b + (j < count ? j : count - 1) * q.bCol;
  }
  SLALOM_INLINE const float* at(int, int j) const { return from[j] + p; }
  SLALOM_INLINE void step(int64_t steps) { p += steps; }
};

// The sums of R rows and G vectors of columns.
template <typename By, int R, int G>
SLALOM_INLINE void sumAlong(const AlongProblem& q, int64_t count, typename By::Vector (&y)[R][G]) {
  using Vector = typename By::Vector;
  AlongColumns<By::kLanes, G> columns(q, count);
  SLALOM_UNROLL
  for (int r = 0; r < R; r++) {
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) y[r][g] = By::splat(0);
  }
  const float* x = q.x;
  const auto multiply = [&](const float* step, int g, Vector row) {
    SLALOM_UNROLL
    for (int r = 0; r < R; r++) y[r][g] = fma(By::splat(step[r * q.xRow]), row, y[r][g]);
  };
  int64_t left = q.k;
  for (; left >= By::kSteps; left -= By::kSteps) {
    // A line of every column lasts for four blocks by fours: a quarter of the columns has its turn in each.
    constexpr int kAsked = By::kLanes / 4;
    const float* step = x;
    const int64_t ahead = left / By::kSteps % 4 * kAsked * q.bCol + kAlongAhead;
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) {
      if (By::kSteps < By::kLanes) {
        SLALOM_UNROLL
        for (int j = 0; j < kAsked; j++) prefetch(columns.at(g, j) + ahead);
      }
      Vector block[By::kSteps];
      By::block([&](int j) { return columns.at(g, j); }, block);
      step = x;
      SLALOM_UNROLL
      for (int i = 0; i < By::kSteps; i++, step += q.xStep) multiply(step, g, block[i]);
    }
    columns.step(By::kSteps);
    x = step;
  }
  for (; left > 0; left--) {
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) {
      float row[By::kLanes];
      SLALOM_UNROLL
      for (int j = 0; j < By::kLanes; j++) row[j] = *columns.at(g, j);
      multiply(x, g, By::load(row));
    }
    columns.step(1);
    x += q.xStep;
  }
}

// The next G vectors of columns; of a single one so many exist.
template <typename By, int R, int G>
inline void multiplyAlong(const AlongProblem& q, int64_t columns, float* c, int64_t cRow) {
  typename By::Vector y[R][G];
  sumAlong<By>(q, columns, y);
  SLALOM_UNROLL
  for (int r = 0; r < R; r++) {
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) {
      float* to = c + r * cRow + g * By::kLanes;
      G == 1 && columns < By::kLanes ? storePart(to, y[r][g], columns) : store(to, y[r][g]);
    }
  }
}

template <typename By, int R, int G>
inline void multiplyAllAlong(AlongProblem q, int64_t n, float* c, int64_t cRow) {
  const auto multiply = [&](auto next, int64_t columns) {
    next(q, n, c, cRow);
    q.b += columns * q.bCol;
    c += columns;
    n -= columns;
  };
  while (G > 1 && n >= G * By::kLanes) multiply(multiplyAlong<By, R, G>, G * By::kLanes);
  if constexpr (G > 2 && By::kLanes == W) {
    while (n >= 2 * W) multiply(multiplyAlong<By, R, 2>, 2 * W);
  }
  while (n > By::kLanes && By::kLanes < W) multiply(multiplyAlong<ByQuarters, R, 1>, W);
  while (n > 0) multiply(multiplyAlong<By, R, 1>, By::kLanes);
}

// c [R, n], rows cRow apart.
template <int R>
void multiplyRowsAlong(const AlongProblem& q, int64_t n, float* c, int64_t cRow) {
  using By = Along<R>;
  constexpr int kGroups = alongGroups(R, By::kLanes), kFewer = kConflicting / By::kLanes;
  if (conflicts(q.bCol)) return multiplyAllAlong<ByLines, R, R == 1 ? kConflicting / W : 1>(q, n, c, cRow);
  if (kFewer < kGroups && conflicts(2 * q.bCol)) return multiplyAllAlong<By, R, kFewer>(q, n, c, cRow);
  multiplyAllAlong<By, R, kGroups>(q, n, c, cRow);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
