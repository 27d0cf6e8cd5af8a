// The block of b that comes next, packed in pieces between the register tiles of the one at work, which ask
// for the lines of a piece a tile before it is packed. All of it at once would wait for memory, and lines of
// rows a power of two apart would push each other out of the caches.
#pragma once

#include "matmul_pack.inl"
#include "matmul_plan.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kAheadTiles = 32;  // register tiles that pay for pieces

// Only the tiles of packed operands look ahead.
inline bool packsAhead(const MatmulArgs& args, const Cut& cut) {
  return cut.packA && cut.packB && args.k * args.n >= kFar && (args.bCol == 1 || args.bRow == 1);
}

// A block of b where it lies.
struct BlockOfB {
  const float* at;  // null: none
  int64_t depth, columns;
};

// Pieces are rows of a b with unit column stride, else parts of W columns.
struct Ahead {
  BlockOfB block;
  float* to;     // null: pieces are asked for, not packed
  int64_t each;  // of the depth to a piece
  int64_t down;  // pieces below each other
  int64_t pieces, done;
};

inline Ahead aheadOf(const MatmulArgs& args, const BlockOfB& block, int64_t tiles, float* to) {
  const bool rows = args.bCol == 1;
  if (block.at == nullptr || tiles < kAheadTiles) return {};
  const int64_t beside = rows ? 1 : ceilDiv(block.columns, W), unit = rows ? 1 : W;
  const int64_t units = ceilDiv(block.depth, unit);
  const int64_t asked = block.depth / kAheadSteps / (rows ? ceilDiv(block.columns, 16) : W);
  const int64_t needed = ceilDiv(units * beside, tiles);
  const int64_t each = needed > asked ? needed : asked < units ? asked : units;
  const int64_t down = ceilDiv(units, each);
  return {block, to, each * unit, down, down * beside, 0};
}

inline bool pending(const Ahead& x) { return x.done < x.pieces; }

inline void packPiece(const MatmulArgs& args, Ahead& x) {
  const int64_t piece = x.done++;
  if (x.to == nullptr) return;
  const int64_t depth = x.block.depth, columns = x.block.columns;
  const int64_t begin = piece % x.down * x.each, end = depth - begin < x.each ? depth : begin + x.each;
  if (args.bCol == 1) return packRows(x.block.at, args.bRow, depth, columns, begin, end, x.to);
  const int64_t j = piece / x.down * W, panel = j / kPanel * kPanel;
  const int64_t width = paddedWidth(columns - panel < kPanel ? columns - panel : kPanel);
  packTransposed(x.block.at + j * args.bCol, args.bCol, begin, end, columns - j < W ? columns - j : W, width,
                 x.to + panel * depth + j - panel);
}

// What a register tile asks for: the piece after the one that is packed behind it. False: there is none.
inline bool wantPiece(const MatmulArgs& args, const Ahead& x, Wanted& wanted) {
  const int64_t piece = x.done + 1;
  if (piece >= x.pieces) return false;
  const float* at = x.block.at + piece % x.down * x.each * args.bRow + piece / x.down * W * args.bCol;
  const bool rows = args.bCol == 1;
  wanted.runs = reinterpret_cast<const char*>(at);
  wanted.lines = ceilDiv(rows ? x.block.columns : x.each, 16);
  wanted.jump = (rows ? args.bRow : args.bCol) * 4 - wanted.lines * 64;
  return true;
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
