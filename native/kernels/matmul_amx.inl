// Products of reduced precision on a matrix unit, cut into cache blocks and into tiles for threads as the others are
// (docs/decisions/0013-products-of-reduced-precision.md).
//
// Numerics: each operand is bfloat16, or with MatmulPrecision::high the sum of two, x = most + rest. For every 32 steps
// of k, ascending, an element is added rest · most, most · most and most · rest, each as TDPBF16PS defines it, and
// loses rest · rest. What it becomes depends on no block, window or thread.
#pragma once

#include "matmul_amx_pack.inl"
#include "matmul_blocked.inl"

#ifdef SLALOM_AMX

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kAmxDepth = 256;             // of a block of k, about: a panel of a stays in L1
constexpr int64_t kAmxColumns = 256;           // of a packed block of b
constexpr int64_t kAmxRows = 512;              // of a tile, at most
constexpr int64_t kAmxFewRows = 128;           // no fewer: they pay for packing b once more
constexpr int64_t kAmxWork = 2 * 1024 * 1024;  // fma: below twice this a second thread does not pay
constexpr int64_t kAmxLeast = 2 * kTileSide;   // rows, columns and steps of k that pay for packing

inline bool fitsMatrixUnit(const MatmulArgs& args) {
  if (args.precision == MatmulPrecision::highest) return false;
  const bool large = args.m >= kAmxLeast && args.n >= kAmxLeast && args.k >= kAmxLeast;
  const bool runs = (args.aRow == 1 || args.aCol == 1) && (args.bRow == 1 || args.bCol == 1);
  return large && runs && matrixUnitAllowed();
}

// All of a is packed by a call that comes first, each block of b by the tile that needs it.
inline Cut amxCutOf(const MatmulArgs& args) {
  Cut cut = {};
  cut.batches = batchCount(args);
  cut.parts = 1;
  cut.packA = cut.packB = true;
  cut.depth = roundUp(ceilDiv(args.k, ceilDiv(args.k, kAmxDepth)), kTileDepth);
  int64_t rowTiles = ceilDiv(args.m, kAmxRows), columnTiles = ceilDiv(args.n, kAmxColumns);
  const int64_t wanted = cut.batches * args.m * args.n * args.k / kAmxWork;
  const int64_t most = atMost(wanted, kManyTiles);
  while (cut.batches * rowTiles * columnTiles * 2 <= most) {
    const int64_t rows = ceilDiv(args.m, rowTiles), columns = ceilDiv(args.n, columnTiles);
    const bool rowsSplit = rows >= 2 * kAmxFewRows, columnsSplit = columns >= 2 * kFewColumns;
    if (!rowsSplit && !columnsSplit) break;
    if (rowsSplit && (rows > columns || !columnsSplit)) {
      rowTiles *= 2;
    } else {
      columnTiles *= 2;
    }
  }
  cut.rows = sharesOf(args.m, kTilesPanel, ceilDiv(args.m, kTilesPanel), rowTiles);
  cut.columns = sharesOf(args.n, kTilesPanel, ceilDiv(args.n, kTilesPanel), columnTiles);
  // All columns of some rows to each thread: of updates in place, lines beside each other are of one thread then.
  cut.bandTiles = 1;
  return cut;
}

// Bytes of `count` packed rows or columns, `depth` steps of k.
inline int64_t packedBytes(const MatmulArgs& args, int64_t count, int64_t depth) {
  return roundUp(count, kTileSide) * roundUp(depth, kTileDepth) * 2 * partsOf(args.precision);
}

inline int64_t packedItemBytes(const MatmulArgs& args) { return packedBytes(args, args.m, args.k); }

// Row i, a first one of a panel, of the block at p of a batch item.
inline char* packedPanel(const MatmulArgs& args, const Cut& cut, int64_t batch, int64_t p, int64_t i) {
  const int64_t depth = atMost(args.k - p, cut.depth);
  return static_cast<char*>(args.workspace) + (sharedA(args) ? 0 : batch) * packedItemBytes(args) +
         packedBytes(args, args.m, p) + packedBytes(args, i, depth);
}

inline void packSide(const MatmulArgs& args, const Side& side, int64_t count, int64_t depth, char* to) {
  (args.precision == MatmulPrecision::high ? packPanels<MatmulPrecision::high>
                                           : packPanels<MatmulPrecision::medium>)(side, count, depth, to);
}

// Tile = (batch item, block of k, panel of rows).
inline int64_t amxPiecesOfA(const MatmulArgs& args, const Cut& cut) {
  return packedItems(args, cut) * blocksOfK(args, cut) * ceilDiv(args.m, kTilesPanel);
}

void runAmxPackA(const void* opaque, int64_t begin, int64_t end, void*) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = amxCutOf(args);
  const int64_t panels = ceilDiv(args.m, kTilesPanel), blocks = blocksOfK(args, cut);
  for (int64_t piece = begin; piece < end; piece++) {
    const int64_t i = piece % panels * kTilesPanel, p = piece / panels % blocks * cut.depth;
    const int64_t batch = piece / panels / blocks;
    const Side side = {operandsOf(args, batch).a + i * args.aRow + p * args.aCol, args.aRow, args.aCol, false};
    packSide(args, side, atMost(args.m - i, kTilesPanel), atMost(args.k - p, cut.depth),
             packedPanel(args, cut, batch, p, i));
  }
}

// Scratch of one thread, in byte offsets: the packed block of b, a row of tiles that passes through, the epilogue's.
struct AmxScratch {
  size_t strip, finish, bytes;
};

inline AmxScratch amxScratchOf(const MatmulArgs& args, const Cut& cut) {
  const int64_t columns = atMost(roundUp(args.n, kTilesPanel), kAmxColumns);
  const size_t b = static_cast<size_t>(packedBytes(args, columns, cut.depth));
  const size_t strip = passesThrough(args, cut) ? alignedFloats(kTilesPanel * columns) : 0;
  return {b, b + strip, b + strip + finishScratch(args)};
}

using TilesFn = void (*)(const char* a, const char* b, int64_t steps, bool carry, float* c, int64_t cRow);

template <MatmulPrecision kPrecision>
TilesFn tilesFn(bool down, bool beside) {
  if (down) return beside ? multiplyTiles<kPrecision, 2, 2> : multiplyTiles<kPrecision, 2, 1>;
  return beside ? multiplyTiles<kPrecision, 1, 2> : multiplyTiles<kPrecision, 1, 1>;
}

inline void copyPart(const float* from, int64_t fromRow, int64_t rows, int64_t columns, float* to, int64_t toRow) {
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j += W) {
      const int64_t left = atMost(columns - j, W);
      storePart(to + i * toRow + j, loadPart(from + i * fromRow + j, left), left);
    }
  }
}

// At most two tiles' rows and columns of c (+)= a · b.
inline void multiplyTilesOf(const MatmulArgs& args, const char* a, const char* b, int64_t depth, int64_t rows,
                            int64_t columns, bool carry, float* c, int64_t cRow) {
  const bool down = rows > kTileSide, beside = columns > kTileSide;
  const TilesFn multiply = args.precision == MatmulPrecision::high ? tilesFn<MatmulPrecision::high>(down, beside)
                                                                   : tilesFn<MatmulPrecision::medium>(down, beside);
  const int64_t steps = ceilDiv(depth, kTileDepth);
  if (rows % kTileSide == 0 && columns % kTileSide == 0) return multiply(a, b, steps, carry, c, cRow);
  alignas(64) float whole[kTilesPanel * kTilesPanel];
  if (carry) copyPart(c, cRow, rows, columns, whole, kTilesPanel);
  multiply(a, b, steps, carry, whole, kTilesPanel);
  copyPart(whole, kTilesPanel, rows, columns, c, cRow);
}

// All of k, and what follows. The columns fit a packed block of b.
inline void multiplyAmxWindow(const MatmulArgs& args, const Cut& cut, int64_t batch, const Window& w, char* scratch) {
  const AmxScratch at = amxScratchOf(args, cut);
  const Operands operands = operandsOf(args, batch);
  const int64_t columns = w.j1 - w.j0;
  const bool through = passesThrough(args, cut);
  const int64_t cRow = through ? columns : args.n;
  Epilogue epilogue;
  Greatest greatest;
  if (args.epilogue != 0) epilogue.begin(epilogueOf(args), scratch + at.finish);
  for (int64_t p = 0; p < args.k; p += cut.depth) {
    const int64_t depth = atMost(args.k - p, cut.depth);
    const bool last = p + depth == args.k;
    const float* b = operands.b + p * args.bRow + w.j0 * args.bCol;
    packSide(args, {b, args.bCol, args.bRow, true}, columns, depth, scratch);
    for (int64_t i = w.i0; i < w.i1; i += kTilesPanel) {
      const int64_t rows = atMost(w.i1 - i, kTilesPanel);
      const char* a = packedPanel(args, cut, batch, p, i);
      float* c = through ? reinterpret_cast<float*>(scratch + at.strip) : operands.c + i * args.n + w.j0;
      for (int64_t j = 0; j < columns; j += kTilesPanel) {
        const int64_t width = atMost(columns - j, kTilesPanel);
        multiplyTilesOf(args, a, scratch + packedBytes(args, j, depth), depth, rows, width, p > 0, c + j, cRow);
      }
      if (!last) continue;
      if (args.measured) measureRows(greatest, c, cRow, rows, columns);
      if (args.epilogue != 0) epilogue.run(args, rangesOf(args, batch, {i, i + rows, w.j0, w.j1}), c, cRow);
    }
  }
  if (args.measured) reportGreatest(args, greatest);
}

void runAmx(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = amxCutOf(args);
  beginTiles();
  for (int64_t t = begin; t < end;) {
    const TilesAt tiles = tilesAt(args, cut, t, end);
    Window w = tiles.window;
    for (const int64_t last = w.j1; w.j0 < last; w.j0 = w.j1) {
      w.j1 = atMost(last, w.j0 + kAmxColumns);
      multiplyAmxWindow(args, cut, tiles.batch, w, static_cast<char*>(scratch));
    }
    t += tiles.count;
  }
  endTiles();
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom

#endif
