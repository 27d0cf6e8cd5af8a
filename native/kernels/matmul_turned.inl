// More rows than few, but no more than a register tile has columns, times a b whose columns lie along k (the gradient
// of a layer's inputs in small batches): the product of the transposed operands. Then a is packed, which is small, and
// the columns of b are read where they lie; the other way round packing b takes up to half as long as multiplying it.
#pragma once

#include "matmul_thin.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kTurnedSteps = W == 16 ? 2 : 6;  // of k, to a row of a
constexpr int64_t kTurnedFewest = 16;              // columns of c

// Pays for its vectors that are not full, and for writing c back, where b is not packed for that.
inline bool isTurned(const MatmulArgs& args) {
  const bool rows = args.m > 1 && args.m > kThinColumns && args.m <= kPanel;
  const bool pays = paddedWidth(args.m) <= args.m + W / 2 && args.k >= kTurnedSteps * args.m && args.n > args.m;
  return args.bRow == 1 && args.bCol != 1 && rows && pays && args.n >= kTurnedFewest && args.k <= kSegment;
}

// Columns of c in a register tile, whose rows they are.
inline int64_t turnedColumns(const MatmulArgs& args) {
  return conflicts(args.bCol) ? kFewerRows : tileRows(ceilDiv(args.m, W));
}

inline Shares turnedTiles(const MatmulArgs& args) {
  const int64_t unit = turnedColumns(args), work = args.m * args.n * args.k / kTileWork;
  const int64_t wide = args.n / (2 * kFewColumns);
  return sharesOf(args.n, unit, ceilDiv(args.n, unit), evenTiles(work < wide ? work : wide));
}

// The packed a, and a register tile of sums.
inline size_t turnedBytes(const MatmulArgs& args) { return alignedFloats(args.k * paddedWidth(args.m)); }
inline size_t turnedScratch(const MatmulArgs& args) { return turnedBytes(args) + kThinScratch; }

constexpr int64_t kTurnedAhead = 64;  // elements of a column of b that are asked for before it is its turn

// Columns [j0, j1) of c.
inline void multiplyTurned(const MatmulArgs& args, const Operands& x, int64_t j0, int64_t j1, const float* packed,
                           float* sums) {
  const int64_t vectors = ceilDiv(args.m, W), most = turnedColumns(args);
  const TileShape shape = {args.k, args.bCol, args.bRow, vectors * W, kPanel, W};
  for (int64_t j = j0, take; j < j1; j += take) {
    take = nextRows(j1 - j, most);
    for (int64_t next = j + take; next < j1 && next < j + take + most; next++) {
      for (int64_t p = 0; p < kTurnedAhead; p += 16) prefetch(x.b + next * args.bCol + p);
    }
    kTiles.fn[vectors - 1][0][0][take - 1](shape, x.b + j * args.bCol, packed, sums);
    for (int64_t i = 0; i < args.m; i += W) writeBack(sums + i, take, x.c + i * args.n + j, args.n, args.m - i);
  }
}

// Tiles beside each other as one: epilogues like long rows.
void runTurned(const void* opaque, int64_t begin, int64_t end, void* opaqueScratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Shares columns = turnedTiles(args);
  char* const scratch = static_cast<char*>(opaqueScratch);
  float* const packed = reinterpret_cast<float*>(scratch);
  float* const sums = reinterpret_cast<float*>(scratch + turnedBytes(args));
  for (int64_t t = begin, count; t < end; t += count) {
    const int64_t batch = t / columns.tiles, tile = t % columns.tiles;
    count = end - t < columns.tiles - tile ? end - t : columns.tiles - tile;
    const int64_t last = columns.begin(tile + count);
    const Operands x = operandsOf(args, batch);
    packPanel(x.a, args.aCol, args.aRow, args.k, args.m, packed);
    for (int64_t j = columns.begin(tile), next; j < last; j = next) {
      next = last - j < 2 * kMostColumns ? last : j + kMostColumns;
      multiplyTurned(args, x, j, next, packed, sums);
      finishWindow(args, batch, {0, args.m, j, next}, scratch + turnedScratch(args));
    }
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
