// Products of one row or a few, y[m, n] = x[m, k] · b[k, n]; or, the operands exchanged (a product does not know its
// order), a times one column. Bound by reading b once.
#pragma once

#include "matmul_along.inl"
#include "matmul_blocked.inl"
#include "matmul_steps.inl"
#include "matmul_stream.inl"
#include "matmul_wide.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int kRowsAtOnce = 8;  // of b, when its rows are contiguous
constexpr int64_t kVectorUnit = 4 * W;
constexpr int64_t kVectorSums = 2048;  // that stay in L1

struct VectorProblem {
  const float* x;
  int64_t xRow, xStep;
  const float* b;
  int64_t bRow, bCol;
  float* y;
  int64_t yRow;
  int64_t m, n, k;
};

// More than one row.
inline bool isFewRows(const MatmulArgs& args) {
  return args.m >= kFewestWideRows && args.m <= kWideRows && args.bCol == 1 && args.n >= 4 * W && args.k > 1;
}

// The operands are exchanged.
inline bool isColumn(const MatmulArgs& args) { return args.n == 1 && args.m > 1; }

inline VectorProblem vectorProblem(const MatmulArgs& args, const Operands& x) {
  if (!isColumn(args)) {
    return {x.a, args.aRow, args.aCol, x.b, args.bRow, args.bCol, x.c, args.n, args.m, args.n, args.k};
  }
  return {x.b, 0, args.bRow, x.a, args.aCol, args.aRow, x.c, 0, 1, args.m, args.k};
}

// sums [R, n] = x[:, begin .. end) · b where rows of b are contiguous and longer than registers hold; sums stay in L1.
template <int R>
inline void sumRows(const VectorProblem& q, int64_t begin, int64_t end, int64_t column, float* sums, int64_t sumRow,
                    int64_t n) {
  constexpr int kVectors = R == 1 ? 1 : 4;
  const float *x = q.x + begin * q.xStep, *b = q.b + begin * q.bRow + column;
  const auto multiply = [&](const auto& steps, int64_t count) {
    steps(x, q.xRow, q.xStep, b, q.bRow, sums, sumRow, n);
    x += count * q.xStep;
    b += count * q.bRow;
  };
  int64_t p = begin;
  for (; p + kRowsAtOnce <= end; p += kRowsAtOnce) {
    multiply(p > begin ? multiplySteps<kRowsAtOnce, R, kVectors, true> : multiplySteps<kRowsAtOnce, R, kVectors, false>,
             kRowsAtOnce);
  }
  for (; p < end; p++) multiply(p > begin ? multiplySteps<1, R, 1, true> : multiplySteps<1, R, 1, false>, 1);
}

inline void sumSegment(const VectorProblem& q, int64_t begin, int64_t end, int64_t column, float* sum, int64_t sumRow,
                       int64_t n) {
  if (q.bCol == 1) {
    if (q.m == 1 && streams(q.bRow, n)) {
      return multiplyStream({end - begin, q.x + begin * q.xStep, q.xStep, q.b + begin * q.bRow, n, sum});
    }
    if (q.m == 1) return sumRows<1>(q, begin, end, column, sum, sumRow, n);
    if (q.m == 2 && n > wideVectors(2) * W) return sumRows<2>(q, begin, end, column, sum, sumRow, n);
    const float *x = q.x + begin * q.xStep, *b = q.b + begin * q.bRow + column;
    return wideRows(q.m)({end - begin, x, q.xRow, q.xStep, b, q.bRow, sum, sumRow}, n);
  }
  multiplyRowsAlong<1>({end - begin, q.x + begin * q.xStep, 0, q.xStep, q.b + column * q.bCol + begin, q.bCol}, n, sum,
                       sumRow);
}

// Columns whose sums stay in L1: whole units.
inline int64_t vectorBlock(const MatmulArgs& args) {
  const int64_t rows = isColumn(args) ? 1 : args.m;
  return kVectorSums / rows / kVectorUnit * kVectorUnit;
}

// Tiles of columns: as many for each of two threads, but none narrower than reads well or wider than the sums in L1.
inline Shares vectorTiles(const MatmulArgs& args) {
  const int64_t n = isColumn(args) ? args.m : args.n, fewest = ceilDiv(n, vectorBlock(args));
  const int64_t wanted = batchCount(args) * n * args.k / kVectorWork, most = n / (2 * kVectorUnit);
  const int64_t tiles = evenTiles(wanted < most ? wanted : most);
  return sharesOf(n, kVectorUnit, ceilDiv(n, kVectorUnit), tiles > fewest ? tiles : fewest);
}

void runVector(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Shares columns = vectorTiles(args);
  float* sum = static_cast<float*>(scratch);
  for (int64_t t = begin, count; t < end; t += count) {
    // Tiles beside each other run as one: then whole rows of b are read.
    const int64_t batch = t / columns.tiles, tile = t % columns.tiles, column = columns.begin(tile);
    const int64_t beside = columns.tiles - tile < end - t ? columns.tiles - tile : end - t;
    for (count = 1; count < beside && columns.begin(tile + count + 1) - column <= vectorBlock(args);) count++;
    const int64_t n = columns.begin(tile + count) - column;
    const VectorProblem q = vectorProblem(args, operandsOf(args, batch));
    const int64_t first = q.k < kSegment ? q.k : kSegment;
    sumSegment(q, 0, first, column, q.y + column, q.yRow, n);
    for (int64_t p = first; p < q.k; p += kSegment) {
      sumSegment(q, p, q.k - p < kSegment ? q.k : p + kSegment, column, sum, n, n);
      addRows(q.y + column, q.yRow, sum, n, q.m, n);
    }
    const Window w = isColumn(args) ? Window{column, column + n, 0, 1} : Window{0, args.m, column, column + n};
    finishWindow(args, batch, w, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
