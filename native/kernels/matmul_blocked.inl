// Products that are cut into cache blocks and into tiles for threads.
#pragma once

#include "matmul_finish.inl"
#include "matmul_pack.inl"
#include "matmul_pack_a.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Scratch of one thread: the packed block of b, the packed block of a, the sum of a segment.
struct BlockedScratch {
  size_t b, a, sum, bytes;  // byte offsets
};

inline size_t alignedFloats(int64_t count) { return (static_cast<size_t>(count) * sizeof(float) + 127) & ~size_t{63}; }

inline BlockedScratch scratchOf(const MatmulArgs& args, const Cut& cut) {
  const size_t b = cut.packB ? alignedFloats(cut.depth * cut.columns) : 0;
  const int64_t packedRows = args.m < kMostPackedRows ? args.m : kMostPackedRows;
  const size_t a = cut.packA != PackA::inPlace ? alignedFloats((cut.depth + kSlack) * packedRows) : 0;
  const size_t sum = args.k > kSegment && cut.parts == 1 ? alignedFloats(cut.rows * cut.columns) : 0;
  return {0, b, b + a, b + a + sum};
}

// One cache block: c window (+)= a[:, p0 .. p0 + depth) · b[p0 .. p0 + depth, :], b ready at `b`
// (packed, or in place with bStep).
inline void multiplyBlock(const MatmulArgs& args, const Cut& cut, const float* a, const float* b, const Window& w,
                          int64_t depth, float* c, int64_t cRow, bool carry, float* packedA) {
  TileShape shape = {depth, args.aRow, args.aCol, args.bRow, cRow, 0};
  const int64_t columns = w.j1 - w.j0;
  const int64_t lot = cut.packA == PackA::inPlace ? w.i1 - w.i0 : kMostPackedRows;
  for (int64_t i0 = w.i0; i0 < w.i1; i0 += lot) {
    const int64_t rows = w.i1 - i0 < lot ? w.i1 - i0 : lot;
    const float* from = a + i0 * args.aRow;
    if (cut.packA == PackA::columns) {
      packColumns(from, args.aCol, depth, rows, args.m - i0, packedA);
    } else if (cut.packA != PackA::inPlace) {
      packRowsOfA(from, args.aRow, args.aCol, depth, rows, packedA);
    }
    const int64_t pitch = depth + kSlack;
    for (int64_t i = 0; i < rows;) {
      const int64_t take = nextRows(rows - i, kPanelRows);
      const float* sliver = packedA + i * pitch;
      if (cut.packA == PackA::inPlace) {
        sliver = from + i * args.aRow;
      } else if (cut.packA == PackA::columns) {
        shape.aRow = 1;
        shape.aStep = take;
      } else {
        shape.aRow = pitch;
        shape.aStep = 1;
      }
      for (int64_t j = 0; j < columns; j += kPanel) {
        const int64_t width = columns - j < kPanel ? columns - j : kPanel;
        const int64_t vectors = ceilDiv(width, W);
        shape.tail = static_cast<int>(width - (vectors - 1) * W);
        const float* panel = b + j;
        if (cut.packB) {
          panel = b + j * depth;
          shape.bStep = vectors * W;
        }
        kTiles.fn[vectors - 1][shape.tail < W][carry][take - 1](shape, sliver, panel, c + (i0 - w.i0 + i) * cRow + j);
      }
      i += take;
    }
  }
}

// One segment of k into c (its own rows and columns only).
inline void multiplySegment(const MatmulArgs& args, const Cut& cut, const Operands& x, const Window& w, int64_t begin,
                            int64_t end, float* c, int64_t cRow, char* scratch) {
  const BlockedScratch at = scratchOf(args, cut);
  float* packedB = reinterpret_cast<float*>(scratch + at.b);
  float* packedA = reinterpret_cast<float*>(scratch + at.a);
  for (int64_t p = begin; p < end; p += cut.depth) {
    const int64_t depth = end - p < cut.depth ? end - p : cut.depth;
    const float* b = x.b + p * args.bRow + w.j0 * args.bCol;
    if (cut.packB) {
      packB(b, args.bRow, args.bCol, depth, w.j1 - w.j0, packedB);
      b = packedB;
    }
    multiplyBlock(args, cut, x.a + p * args.aCol, b, w, depth, c, cRow, p > begin, packedA);
  }
}

inline void addRows(float* to, int64_t toRow, const float* from, int64_t fromRow, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++) {
    float* t = to + i * toRow;
    const float* f = from + i * fromRow;
    int64_t j = 0;
    for (; j + W <= columns; j += W) store(t + j, add(load(t + j), load(f + j)));
    if (j < columns) {
      const int left = static_cast<int>(columns - j);
      storePart(t + j, add(loadPart(t + j, left), loadPart(f + j, left)), left);
    }
  }
}

// All of k, segment sums added ascending.
inline void multiplyWindow(const MatmulArgs& args, const Cut& cut, const Operands& x, const Window& w, char* scratch) {
  float* c = x.c + w.i0 * args.n + w.j0;
  const int64_t first = args.k < kSegment ? args.k : kSegment;
  multiplySegment(args, cut, x, w, 0, first, c, args.n, scratch);
  float* sum = reinterpret_cast<float*>(scratch + scratchOf(args, cut).sum);
  for (int64_t p = first; p < args.k; p += kSegment) {
    const int64_t end = args.k - p < kSegment ? args.k : p + kSegment;
    multiplySegment(args, cut, x, w, p, end, sum, cut.columns, scratch);
    addRows(c, args.n, sum, cut.columns, w.i1 - w.i0, w.j1 - w.j0);
  }
}

// Tile = (batch, columns, rows), rows fastest: `count` tiles from t on, in one column of tiles.
struct TileAt {
  int64_t batch;
  Window window;
};

inline TileAt tileAt(const MatmulArgs& args, const Cut& cut, int64_t t, int64_t count) {
  const int64_t row = t % cut.rowTiles, column = t / cut.rowTiles % cut.columnTiles;
  TileAt at = {t / cut.rowTiles / cut.columnTiles,
               {row * cut.rows, (row + count) * cut.rows, column * cut.columns, (column + 1) * cut.columns}};
  if (at.window.i1 > args.m) at.window.i1 = args.m;
  if (at.window.j1 > args.n) at.window.j1 = args.n;
  return at;
}

// Tiles that lie below each other share the packed b, so what one thread gets of them runs as one.
void runBlocked(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = cutOf(args);
  for (int64_t t = begin; t < end;) {
    const int64_t below = cut.rowTiles - t % cut.rowTiles;
    const int64_t count = args.k > kSegment ? 1 : below < end - t ? below : end - t;
    const TileAt at = tileAt(args, cut, t, count);
    multiplyWindow(args, cut, operandsOf(args, at.batch), at.window, static_cast<char*>(scratch));
    finishWindow(args, at.batch, at.window, scratch);
    t += count;
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
