// Packing of a: slivers of the rows of one register tile, each [depth][rows], for every block of k. The sliver of row i
// starts at i * pitch of its block, with some slack, so that whole vectors may be written.
#pragma once

#include "matmul_pack.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kSlack = 16;
constexpr int64_t kStepsTogether = 16;  // of k, whose lines stay near while all slivers take their part
constexpr int kSliverVectors = (kPanelRows + W - 1) / W;
constexpr int64_t kPackWork = 16 * 1024;  // elements a tile of the packing call copies, about

inline int64_t pitchOf(const Cut& cut) { return cut.depth + kSlack; }
inline int64_t blocksOfK(const MatmulArgs& args, const Cut& cut) { return ceilDiv(args.k, cut.depth); }

inline int64_t packedItems(const MatmulArgs& args, const Cut& cut) { return sharedA(args) ? 1 : cut.batches; }
inline int64_t packedItemSize(const MatmulArgs& args, const Cut& cut) {
  return blocksOfK(args, cut) * args.m * pitchOf(cut);
}
inline int64_t packedSize(const MatmulArgs& args, const Cut& cut) {
  return cut.packA && !cut.ownA ? packedItems(args, cut) * packedItemSize(args, cut) + kSlack : 0;
}

// Row i of block p / depth of a batch item.
inline float* packedRow(const MatmulArgs& args, const Cut& cut, int64_t batch, int64_t p, int64_t i) {
  const int64_t item = sharedA(args) ? 0 : batch;
  return static_cast<float*>(args.workspace) + item * packedItemSize(args, cut) +
         (p / cut.depth * args.m + i) * pitchOf(cut);
}

// Rows that lie one after the other, a few steps of k at a time. `present` = rows of the operand from this tile's first
// to its last: whole vectors are read as far as they exist. What is written beyond a step is overwritten by the next
// one, or is slack.
inline void packContiguousRows(const float* a, int64_t aCol, int64_t depth, int64_t rows, int64_t present,
                               int64_t pitch, float* to) {
  for (int64_t begin = 0; begin < depth; begin += kStepsTogether) {
    const int64_t end = depth - begin < kStepsTogether ? depth : begin + kStepsTogether;
    for (int64_t i = 0, take; i < rows; i += take) {
      take = nextRows(rows - i, kPanelRows);
      for (int64_t p = begin; p < end; p++) {
        const float* from = a + p * aCol + i;
        float* sliver = to + i * pitch + p * take;
        SLALOM_UNROLL
        for (int v = 0; v < kSliverVectors; v++) {
          const int64_t left = present - i - v * W;
          store(sliver + v * W, left < W ? loadPart(from + v * W, left) : load(from + v * W));
        }
      }
    }
  }
}

// One sliver of rows that each lie along k, transposed in registers W × W at a time. A store's lanes
// beyond the sliver's rows are overwritten by the next one, or are slack.
inline void packSliverAlongK(const float* a, int64_t aRow, int64_t depth, int64_t rows, float* to) {
  const float* from[kSliverVectors][W];
  for (int v = 0; v < kSliverVectors; v++) {
    for (int r = 0; r < W; r++) from[v][r] = a + (v * W + r < rows ? v * W + r : rows - 1) * aRow;
  }
  const int64_t whole = depth - depth % W;
  for (int64_t p = 0; p < whole; p += W) {
    F block[kSliverVectors][W];
    SLALOM_UNROLL
    for (int v = 0; v < kSliverVectors; v++) {
      SLALOM_UNROLL
      for (int r = 0; r < W; r++) block[v][r] = load(from[v][r] + p);
      transpose(block[v]);
    }
    SLALOM_UNROLL
    for (int r = 0; r < W; r++) {
      SLALOM_UNROLL
      for (int v = 0; v < kSliverVectors; v++) store(to + (p + r) * rows + v * W, block[v][r]);
    }
  }
  for (int64_t p = whole; p < depth; p++) {
    for (int64_t r = 0; r < rows; r++) to[p * rows + r] = a[r * aRow + p];
  }
}

inline void packSliverStrided(const float* a, int64_t aRow, int64_t aCol, int64_t depth, int64_t rows, float* to) {
  for (int64_t p = 0; p < depth; p++) {
    for (int64_t r = 0; r < rows; r++) to[p * rows + r] = a[r * aRow + p * aCol];
  }
}

// A tile's rows in one block of k.
inline void packTileOfA(const MatmulArgs& args, const float* a, int64_t depth, int64_t rows, int64_t present,
                        int64_t pitch, float* to) {
  if (args.aRow == 1 && args.aCol != 1) return packContiguousRows(a, args.aCol, depth, rows, present, pitch, to);
  for (int64_t i = 0; i < rows;) {
    const int64_t take = nextRows(rows - i, kPanelRows);
    const float* from = a + i * args.aRow;
    if (args.aCol == 1) {
      packSliverAlongK(from, args.aRow, depth, take, to + i * pitch);
    } else {
      packSliverStrided(from, args.aRow, args.aCol, depth, take, to + i * pitch);
    }
    i += take;
  }
}

// Pieces of the packing call: (batch item, block of k, tile of rows), several to a tile.
inline int64_t piecesOfA(const MatmulArgs& args, const Cut& cut) {
  return packedItems(args, cut) * blocksOfK(args, cut) * cut.rows.tiles;
}
inline int64_t piecesPerTile(const MatmulArgs& args, const Cut& cut) {
  return ceilDiv(kPackWork, ceilDiv(args.m, cut.rows.tiles) * cut.depth);
}

void runPackA(const void* opaque, int64_t begin, int64_t end, void*) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = cutOf(args);
  const int64_t each = piecesPerTile(args, cut), pieces = piecesOfA(args, cut), blocks = blocksOfK(args, cut);
  const int64_t last = end * each < pieces ? end * each : pieces;
  for (int64_t piece = begin * each; piece < last; piece++) {
    const int64_t tile = piece % cut.rows.tiles, block = piece / cut.rows.tiles % blocks;
    const int64_t batch = piece / cut.rows.tiles / blocks, p = block * cut.depth;
    const int64_t i = cut.rows.begin(tile), rows = cut.rows.begin(tile + 1) - i;
    const int64_t depth = args.k - p < cut.depth ? args.k - p : cut.depth;
    const float* a = operandsOf(args, batch).a + i * args.aRow + p * args.aCol;
    packTileOfA(args, a, depth, rows, args.m - i, pitchOf(cut), packedRow(args, cut, batch, p, i));
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
