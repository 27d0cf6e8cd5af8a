// How a product is cut: which operands are packed, the cache blocks, the tiles for threads.
// Everything follows from sizes and strides; none of it changes a bit of the result.
#pragma once

#include "args.h"
#include "matmul_tile.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kSegment = 4096;          // of k; part of the numerics contract
constexpr int64_t kTileWork = 256 * 1024;   // fma: below twice this a second thread does not pay
constexpr int64_t kVectorWork = 64 * 1024;  // the same for matrix-vector products, bound by memory
constexpr int64_t kManyTiles = 24;          // enough to keep 2 to 8 threads busy to the end
constexpr int64_t kFewColumns = 64;         // no tile narrower: epilogues like long rows
constexpr int64_t kResident = 6144;         // floats of b that stay in L1 beside the rest

// Cache blocks: kDepth × columns of b stay in L2 while the rows of a stream past.
constexpr int64_t kDepth = 512;
// Of a b that is read where it lies and L1 does not hold: few rows wait for it, in shallow blocks, which are longer
// runs of its rows. The arithmetic of more rows hides the waiting, and deep blocks add to c less often; shallow ones
// would make the processor fetch columns of other threads besides, and what several have read is dear to write
// afterwards.
constexpr int64_t kShallow = 64, kDeep = 256;
constexpr int64_t kRowsHide = 8;
constexpr int64_t kMostColumns = W == 16 ? 256 : 128;
constexpr int64_t kWideColumns = 2 * kMostColumns;  // where arrays are read afterwards, which come in longer runs then
constexpr int64_t kMostRows = 512;
constexpr int64_t kShortSums = 128;     // of k: memory that is read and written afterwards takes as long
constexpr int64_t kBandRows = 256;      // of a band of tiles: they pay for packing b once more
constexpr int64_t kNear = 1024 * 1024;  // elements of c that are still in the caches of a few threads afterwards
constexpr int64_t kSumRows = 1024;  // of c that a thread multiplies at once where segments are summed in its scratch
constexpr int64_t kMostPackedRows = (W == 16 ? 256 : 128) / kPanelRows * kPanelRows;
constexpr int64_t kFar = 512 * 1024;      // floats of b that L2 does not hold: worth packing and asking for in pieces
constexpr int64_t kFarSums = 128 * 1024;  // of the window of c that a block of b goes over: worth asking for
constexpr int64_t kRowsPackB = 2 * kPanelRows;  // that pay for packing a b that could stay where it is
constexpr int64_t kWorthPacking = 768;          // columns of b that pay for packing an a whose rows lie along k
constexpr int64_t kWorthSlivers = 128;          // more of them pay for packing an a whose rows lie beside each other,
constexpr int64_t kMostInPlace = 2048 * 1024;   // and fewer if a block of k has more multiply-adds than this
constexpr int64_t kOwnFloats = 24 * 1024;       // of slivers that a thread packs for itself, about, where b is narrow

// A side of c in tiles: whole units, for none more than one more than for another, and what is left for the last.
struct Shares {
  int64_t size, unit, units, tiles;

  int64_t begin(int64_t tile) const { return tile < tiles ? units * tile / tiles * unit : size; }
  int64_t most() const { return (units / tiles + 2) * unit; }  // no tile has more
};

inline Shares sharesOf(int64_t size, int64_t unit, int64_t units, int64_t tiles) {
  if (units < 1) units = 1;
  return {size, unit, units, tiles < units ? tiles : units};
}

// About so many tiles, as many for each of two threads, but one at least.
inline int64_t evenTiles(int64_t wanted) { return wanted < 2 ? 1 : wanted < kManyTiles ? wanted / 2 * 2 : kManyTiles; }

struct Cut {
  int64_t batches;
  int64_t depth;     // of a cache block, along k
  int64_t tileRows;  // of a register tile, at most
  Shares rows, columns;
  int64_t bandTiles;  // tiles of rows that form a band
  int64_t parts;      // of k, each a segment, when they run as tiles of their own; else 1
  bool packA;         // else read where it lies
  bool ownA;          // packed by each tile for itself, some rows at a time; else all of it by a call that comes first
  bool packB;         // by each tile for itself; else read where it lies
  bool askB;          // there, by the first rows, ahead of its use

  int64_t tiles() const { return rows.tiles * columns.tiles; }  // of a batch item
  // Rows of a rectangle of tiles whose segments are summed in scratch.
  int64_t sumRows() const {
    const int64_t most = rows.most() < kSumRows ? kSumRows : rows.most();
    return rows.size < most ? rows.size : most;
  }
};

// Whether segments are summed by the tiles, in scratch.
inline bool sumsSegments(const MatmulArgs& args, const Cut& cut) { return args.k > kSegment && cut.parts == 1; }

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t roundUp(int64_t a, int64_t to) { return ceilDiv(a, to) * to; }

// Bytes of scratch.
inline size_t alignedFloats(int64_t count) { return (static_cast<size_t>(count) * sizeof(float) + 127) & ~size_t{63}; }

inline int64_t batchCount(const MatmulArgs& args) {
  int64_t count = 1;
  for (int d = 0; d < args.batchRank; d++) count *= args.batchDims[d];
  return count;
}

// Operands of one batch item.
struct Operands {
  const float* a;
  const float* b;
  float* c;
};

inline Operands operandsOf(const MatmulArgs& args, int64_t batch) {
  int64_t a = 0, b = 0, rest = batch;
  for (int d = args.batchRank - 1; d >= 0; d--) {
    const int64_t i = rest % args.batchDims[d];
    rest /= args.batchDims[d];
    a += i * args.aBatch[d];
    b += i * args.bBatch[d];
  }
  return {static_cast<const float*>(args.a) + a, static_cast<const float*>(args.b) + b,
          args.c == nullptr ? nullptr : static_cast<float*>(args.c) + batch * args.m * args.n};
}

// Where a tile lies: rows [i0, i1) and columns [j0, j1) of c.
struct Window {
  int64_t i0, i1, j0, j1;
};

// Whether what lies so many floats apart lies in the same sets of L1, which has fewer ways than a register tile rows.
inline bool conflicts(int64_t stride) { return stride % 1024 == 0; }

inline bool rowsConflict(const MatmulArgs& args) {
  return kPanelRows > kFewerRows && args.m > kPanelRows && args.aCol == 1 && conflicts(args.aRow);
}

inline bool packsA(const MatmulArgs& args) {
  if (args.m <= kPanelRows || args.k == 1) return false;
  if (args.aCol == 1) return args.k > 64 && args.n >= kWorthPacking;
  const int64_t depth = args.k < kDepth ? args.k : kDepth;
  return args.aRow != 1 || args.n > kWorthSlivers || args.m * args.n * depth > kMostInPlace;
}

// One packed a serves all batch items if they share it.
inline bool sharedA(const MatmulArgs& args) {
  for (int d = 0; d < args.batchRank; d++) {
    if (args.aBatch[d] != 0 && args.batchDims[d] > 1) return false;
  }
  return true;
}

inline const TileProgram& epilogueOf(const MatmulArgs& args) {
  return *reinterpret_cast<const TileProgram*>(reinterpret_cast<const char*>(&args) + args.epilogue);
}

// Arrays that the epilogue reads and that lie as c does: parameters and what an update rule keeps of them.
inline int arraysAfter(const MatmulArgs& args) {
  if (args.epilogue == 0) return 0;
  const TileProgram& p = epilogueOf(args);
  int arrays = 0;
  for (int k = 1; k < p.inputCount; k++) arrays += tileInputs(&p)[k].source == Source::direct;
  return arrays;
}

constexpr int kManyArrays = 3;  // as Adam's: they come faster in long runs, at the price of packing b more often

// Whether tiles are whole rows of c rather than squares, as far as that is possible.
inline bool wholeRows(const MatmulArgs& args) { return args.k <= kShortSums && arraysAfter(args) >= kManyArrays; }

// Whether threads pack what they need of a as they go: one that has all columns needs it only once.
inline bool packsOwnA(const MatmulArgs& args) {
  const bool shared = batchCount(args) > 1 && sharedA(args);
  return packsA(args) && !shared && args.n <= (wholeRows(args) ? kWideColumns : kMostColumns);
}

// Of so many rows, those that are packed at once: whole register tiles, and the last ones with the rest.
inline int64_t ownRows(const MatmulArgs& args, const Cut& cut, int64_t left) {
  const int64_t tiles = kOwnFloats / (cut.depth * kPanelRows), few = (tiles < 2 ? 2 : tiles) * kPanelRows;
  const int64_t most = args.n <= kWorthSlivers ? few : kMostPackedRows;
  return left < most + 2 * kPanelRows ? left : most;
}

inline Cut cutOf(const MatmulArgs& args) {
  const int64_t m = args.m, n = args.n, k = args.k;
  Cut cut;
  cut.batches = batchCount(args);
  cut.packA = packsA(args);
  cut.ownA = packsOwnA(args);
  cut.tileRows = !cut.packA && rowsConflict(args) ? kFewerRows : kPanelRows;
  const bool direct = args.bCol == 1 || n == 1;
  const bool resident = k * n <= kResident, reused = m >= kRowsPackB && !resident && k > 8;
  cut.packB = !direct || reused;
  cut.askB = !cut.packB && args.bCol == 1 && !resident && m >= kRowsHide && k > kStepsAhead;

  const int64_t segment = k < kSegment ? k : kSegment;
  const int64_t depth = cut.packB || resident ? kDepth : cut.askB ? kDeep : kShallow;
  cut.depth = segment == 0 ? 1 : ceilDiv(segment, ceilDiv(segment, depth));

  const int64_t mostRows = cut.packA ? kMostPackedRows : kMostRows;
  const bool whole = wholeRows(args);
  int64_t rowTiles = ceilDiv(m, mostRows);
  int64_t columnTiles = ceilDiv(n, whole ? kWideColumns : kMostColumns);
  if (rowTiles > 1) rowTiles = roundUp(rowTiles, 2);  // as many for each of two threads
  const int64_t wanted = cut.batches * m * n * k / kTileWork;
  const int64_t most = wanted < kManyTiles ? wanted : kManyTiles;
  while (cut.batches * rowTiles * columnTiles * 2 <= most) {
    // Halving the columns streams a once more, halving the rows packs (or streams) b once more.
    const int64_t rows = ceilDiv(m, rowTiles), columns = ceilDiv(n, columnTiles);
    const bool columnsSplit = columns >= 2 * kFewColumns;
    const bool rowsSplit = rows >= 4 * kPanelRows;
    if (!columnsSplit && !rowsSplit) break;
    if (columnsSplit && (!rowsSplit || (rows <= columns && !whole))) {
      columnTiles *= 2;
    } else {
      rowTiles *= 2;
    }
  }
  // Slivers of a do not depend on tiles: the last whole register tile stays with the rest, which they share.
  cut.rows = sharesOf(m, cut.tileRows, m / cut.tileRows, rowTiles);
  cut.columns = sharesOf(n, kPanel, ceilDiv(n, kPanel), columnTiles);
  const int64_t band = m * n <= kNear ? ceilDiv(kBandRows, ceilDiv(m, cut.rows.tiles)) : cut.rows.tiles;
  cut.bandTiles = band < cut.rows.tiles ? band : cut.rows.tiles;

  const int64_t segments = ceilDiv(k, kSegment);
  cut.parts = segments > 1 && cut.batches * cut.tiles() * 2 <= most ? segments : 1;
  return cut;
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
