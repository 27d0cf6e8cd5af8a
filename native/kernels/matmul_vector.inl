// Matrix-vector products, y[n] = x[k] · b[k, n]: one row times b, or, the operands exchanged
// (a product does not know its order), a times one column. Bound by reading b once.
#pragma once

#include "matmul_blocked.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int kRowsAtOnce = 8;          // of b, when its rows are contiguous
constexpr int kGroups = 4;              // vectors of columns at once, when its columns are
constexpr int64_t kVectorBlock = 2048;  // columns whose sums stay in L1

struct VectorProblem {
  const float* x;
  int64_t xStep;
  const float* b;
  int64_t bRow, bCol;
  float* y;
  int64_t n, k;
};

inline VectorProblem vectorProblem(const MatmulArgs& args, const Operands& x) {
  if (args.m == 1) return {x.a, args.aCol, x.b, args.bRow, args.bCol, x.c, args.n, args.k};
  return {x.b, args.bRow, x.a, args.aCol, args.aRow, x.c, args.m, args.k};
}

// sum[0 .. n) = x[begin .. end) · b where rows of b are contiguous; sum stays in L1.
inline void sumRows(const VectorProblem& q, int64_t begin, int64_t end, int64_t column, float* sum, int64_t n) {
  const int64_t whole = n - n % W;
  const int left = static_cast<int>(n - whole);
  const float* b = q.b + begin * q.bRow + column;
  for (int64_t j = 0; j < whole; j += W) store(sum + j, zero());
  if (left != 0) storePart(sum + whole, zero(), left);
  int64_t p = begin;
  for (; p + kRowsAtOnce <= end; p += kRowsAtOnce, b += kRowsAtOnce * q.bRow) {
    F x[kRowsAtOnce];
    SLALOM_UNROLL
    for (int r = 0; r < kRowsAtOnce; r++) x[r] = splat(q.x[(p + r) * q.xStep]);
    for (int64_t j = 0; j < whole; j += W) {
      F y = load(sum + j);
      SLALOM_UNROLL
      for (int r = 0; r < kRowsAtOnce; r++) {
        y = fma(x[r], load(b + r * q.bRow + j), y);
      }
      store(sum + j, y);
    }
    if (left == 0) continue;
    F y = loadPart(sum + whole, left);
    SLALOM_UNROLL
    for (int r = 0; r < kRowsAtOnce; r++) y = fma(x[r], loadPart(b + r * q.bRow + whole, left), y);
    storePart(sum + whole, y, left);
  }
  for (; p < end; p++, b += q.bRow) {
    const F x = splat(q.x[p * q.xStep]);
    for (int64_t j = 0; j < whole; j += W) store(sum + j, fma(x, load(b + j), load(sum + j)));
    if (left == 0) continue;
    storePart(sum + whole, fma(x, loadPart(b + whole, left), loadPart(sum + whole, left)), left);
  }
}

// The same where columns of b are contiguous: G vectors of columns, transposed in registers. Of
// the last vector `columns` exist; the others repeat the last column.
template <int G, bool kPartial>
inline void sumColumns(const VectorProblem& q, int64_t begin, int64_t end, int64_t column, float* sum, int columns) {
  const float* from[W];
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) {
    from[r] = q.b + (column + (kPartial && r >= columns ? columns - 1 : r)) * q.bCol;
  }
  const int64_t group = W * q.bCol;
  F y[G];
  SLALOM_UNROLL
  for (int g = 0; g < G; g++) y[g] = zero();
  int64_t p = begin;
  for (; p + W <= end; p += W) {
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) {
      F block[W];
      loadTransposed([&](int r) { return from[r] + g * group + p; }, block);
      SLALOM_UNROLL
      for (int r = 0; r < W; r++) y[g] = fma(splat(q.x[(p + r) * q.xStep]), block[r], y[g]);
    }
  }
  for (; p < end; p++) {
    const F x = splat(q.x[p * q.xStep]);
    SLALOM_UNROLL
    for (int g = 0; g < G; g++) {
      float row[W];
      SLALOM_UNROLL
      for (int r = 0; r < W; r++) row[r] = from[r][g * group + p];
      y[g] = fma(x, load(row), y[g]);
    }
  }
  SLALOM_UNROLL
  for (int g = 0; g < G; g++) {
    if (kPartial)
      storePart(sum + g * W, y[g], columns);
    else
      store(sum + g * W, y[g]);
  }
}

inline void sumSegment(const VectorProblem& q, int64_t begin, int64_t end, int64_t column, float* sum, int64_t n) {
  if (q.bCol == 1) return sumRows(q, begin, end, column, sum, n);
  int64_t j = 0;
  for (; j + kGroups * W <= n; j += kGroups * W) {
    sumColumns<kGroups, false>(q, begin, end, column + j, sum + j, W);
  }
  for (; j + W <= n; j += W) sumColumns<1, false>(q, begin, end, column + j, sum + j, W);
  if (j < n) sumColumns<1, true>(q, begin, end, column + j, sum + j, static_cast<int>(n - j));
}

// Tiles of columns: as many for each of two threads, but none narrower than reads well or wider than the sums in L1.
inline Shares vectorTiles(const MatmulArgs& args) {
  constexpr int64_t kUnit = kGroups * W;
  const int64_t n = args.m == 1 ? args.n : args.m, fewest = ceilDiv(n, kVectorBlock);
  const int64_t wanted = batchCount(args) * n * args.k / kVectorWork, most = n / (2 * kUnit);
  const int64_t tiles = evenTiles(wanted < most ? wanted : most);
  return sharesOf(n, kUnit, ceilDiv(n, kUnit), tiles > fewest ? tiles : fewest);
}

void runVector(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Shares columns = vectorTiles(args);
  float* sum = static_cast<float*>(scratch);
  for (int64_t t = begin, count; t < end; t += count) {
    // Tiles beside each other run as one: then whole rows of b are read.
    const int64_t batch = t / columns.tiles, tile = t % columns.tiles, column = columns.begin(tile);
    const int64_t beside = columns.tiles - tile < end - t ? columns.tiles - tile : end - t;
    for (count = 1; count < beside && columns.begin(tile + count + 1) - column <= kVectorBlock;) count++;
    const int64_t n = columns.begin(tile + count) - column;
    const VectorProblem q = vectorProblem(args, operandsOf(args, batch));
    const int64_t first = q.k < kSegment ? q.k : kSegment;
    sumSegment(q, 0, first, column, q.y + column, n);
    for (int64_t p = first; p < q.k; p += kSegment) {
      sumSegment(q, p, q.k - p < kSegment ? q.k : p + kSegment, column, sum, n);
      addRows(q.y + column, 0, sum, 0, 1, n);
    }
    const Window w = args.m == 1 ? Window{0, 1, column, column + n} : Window{column, column + n, 0, 1};
    finishWindow(args, batch, w, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
