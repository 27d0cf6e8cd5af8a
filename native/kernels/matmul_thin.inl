// Few columns of c under many rows, whose vectors would be mostly empty: the product of the transposed operands,
// written back transposed. Rows lie beside each other in a (the gradient of a layer with few outputs), or along k (the
// layer itself). Few rows times a b whose columns lie along k (the gradient of a layer's inputs) are that, transposed.
#pragma once

#include "matmul_finish.inl"
#include "matmul_thin_rows.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kThinDepth = 16;  // steps of k that pay for transposing, and so many for each column
constexpr int64_t kThinDeeper = 5;
constexpr int64_t kThinWork = 32 * W;  // elements of a that do where half of a vector's lanes are rows at least

inline bool isThinAlongK(const MatmulArgs& args) {
  const bool full = args.m >= W, half = 2 * args.m >= W && 3 * args.n <= W && args.m * args.k >= kThinWork;
  const bool pays = args.k >= kThinDepth && args.k >= kThinDeeper * args.n && (full || half);
  return args.aCol == 1 && args.aRow != 1 && args.n > 1 && args.n <= kThinColumns && pays && args.k <= kSegment;
}

constexpr int64_t kLargeThin = 32 * 1024;  // elements of a

// Pays under many rows, or where k is long enough to make up for writing back; where vectors would be full anyway, or
// nearly, only because a is large and comes in its order.
inline bool isThin(const MatmulArgs& args) {
  if (isThinAlongK(args)) return true;
  const bool empty = args.n <= kPanelRows || args.m * args.k >= kLargeThin;
  const bool pays = args.m >= 2 * kPanel ? args.k > 8 : args.m >= W && args.k >= 4 * args.n;
  return args.aRow == 1 && args.aCol != 1 && args.n <= tileRows(1) && empty && pays && args.k <= kSegment;
}

constexpr size_t kThinScratch = static_cast<size_t>(tileRows(1)) * kPanel * sizeof(float);

inline int64_t thinVectors(int64_t columns) { return columns <= kPanelRows ? kTileVectors : 1; }

// Rows of c that a tile for threads takes: whole register tiles.
inline int64_t thinRows(const MatmulArgs& args) {
  const int64_t width = thinVectors(args.n) * W;
  return roundUp(ceilDiv(kTileWork, args.n * args.k + 1), width);
}

inline int64_t thinTiles(const MatmulArgs& args) { return ceilDiv(args.m, thinRows(args)); }

constexpr int64_t kFewWritten = 4;  // columns that are written back faster one by one

// The next W rows of n elements of c, of which those below `rows` exist, from its columns.
inline void writeBack(const float* columns, int64_t n, float* c, int64_t cRow, int64_t rows) {
  if (n <= kFewWritten) {
    for (int64_t r = 0; r < W && r < rows; r++) {
      for (int64_t j = 0; j < n; j++) c[r * cRow + j] = columns[j * kPanel + r];
    }
    return;
  }
  for (int64_t j = 0; j < n; j += W) {
    const int64_t left = n - j < W ? n - j : W;
    F block[W];
    SLALOM_UNROLL
    for (int i = 0; i < W; i++) block[i] = i < left ? load(columns + (j + i) * kPanel) : zero();
    transpose(block);
    SLALOM_UNROLL
    for (int r = 0; r < W; r++) {
      if (r >= rows) continue;
      left < W ? storePart(c + r * cRow + j, block[r], left) : store(c + r * cRow + j, block[r]);
    }
  }
}

// A window of one batch item, of few columns.
SLALOM_INLINE void multiplyThin(const MatmulArgs& args, const Operands& x, const Window& w, float* columns) {
  const int64_t n = w.j1 - w.j0;
  const float *a = x.a + w.i0 * args.aRow, *b = x.b + w.j0 * args.bCol;
  float* c = x.c + w.i0 * args.n + w.j0;
  const int64_t most = args.aRow == 1 ? thinVectors(n) * W : W;
  for (int64_t left = w.i1 - w.i0; left > 0; left -= most, a += most * args.aRow, c += most * args.n) {
    if (args.aRow != 1) {
      along<true>(n)({args.k, b, args.bCol, args.bRow, a, args.aRow}, left, c, args.n);
      continue;
    }
    const int64_t width = left < most ? left : most, vectors = ceilDiv(width, W);
    const TileShape shape = {args.k,    args.bCol, args.bRow,
                             args.aCol, kPanel,    static_cast<int>(width - (vectors - 1) * W)};
    const bool asks = width == kPanel;
    (asks ? kTiles.asking[0] : kTiles.fn[vectors - 1][shape.tail < W][0])[n - 1](shape, b, a, columns);
    for (int64_t r = 0; r < width; r += W) writeBack(columns + r, n, c + r * args.n, args.n, width - r);
  }
}

// Few rows times a b whose columns lie along k: packing b would take longer than multiplying it.
inline bool isFlat(const MatmulArgs& args) {
  const bool pays = args.n >= W / 4 && args.k >= 16;
  return args.bRow == 1 && args.bCol != 1 && args.m > 1 && args.m <= kThinColumns && pays && args.k <= kSegment;
}

inline Shares flatTiles(const MatmulArgs& args) {
  return sharesOf(args.n, W, ceilDiv(args.n, W), evenTiles(args.n * args.k / kVectorWork));
}

void runFlat(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Shares columns = flatTiles(args);
  const AlongFn multiply = along<false>(args.m);
  for (int64_t t = begin; t < end; t++) {
    const int64_t batch = t / columns.tiles, tile = t % columns.tiles;
    const int64_t j0 = columns.begin(tile), j1 = columns.begin(tile + 1);
    const Operands x = operandsOf(args, batch);
    multiply({args.k, x.a, args.aRow, args.aCol, x.b + j0 * args.bCol, args.bCol}, j1 - j0, x.c + j0, args.n);
    finishWindow(args, batch, {0, args.m, j0, j1}, scratch);
  }
}

// A product of one tile, without finding out where it lies.
void runThinAlone(const void* opaque, int64_t, int64_t, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  multiplyThin(args, operandsOf(args, 0), {0, args.m, 0, args.n}, static_cast<float*>(scratch));
  if (isFollowed(args)) finishWindow(args, 0, {0, args.m, 0, args.n}, scratch);
}

void runThin(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const int64_t tiles = thinTiles(args), rows = thinRows(args);
  for (int64_t t = begin; t < end; t++) {
    const int64_t batch = t / tiles, i0 = t % tiles * rows;
    const int64_t i1 = args.m - i0 < rows ? args.m : i0 + rows;
    const Window w = {i0, i1, 0, args.n};
    multiplyThin(args, operandsOf(args, batch), w, static_cast<float*>(scratch));
    finishWindow(args, batch, w, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
