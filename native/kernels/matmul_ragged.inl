// Few vectors of columns of c and some columns more, under many rows: the whole vectors by register tiles, the others
// by lanes that are rows, where a vector of them would be mostly empty.
#pragma once

#include "matmul_small.inl"
#include "matmul_thin.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kRaggedVectors = W == 16 ? 12 : 3;                 // that are whole, at most
constexpr int64_t kRaggedFloats = W == 16 ? 160 * 1024 : 48 * 1024;  // of b, which stays in L2

inline int64_t wholeColumns(const MatmulArgs& args) { return args.n / W * W; }

// Columns beside whole vectors, at most: rows that lie along k are transposed in registers.
inline int64_t mostBeside(const MatmulArgs& args) { return args.aRow == 1 ? W / 2 + W / 8 : kThinColumns; }

inline bool isRagged(const MatmulArgs& args) {
  const int64_t beside = args.n - wholeColumns(args);
  const bool columns = args.n > W && args.n < (kRaggedVectors + 1) * W && beside > 0 && beside <= mostBeside(args);
  const bool pays = args.m >= W && args.k >= 8;
  const bool lies = (args.bCol == 1 || args.bRow == 1) && (args.aRow == 1) != (args.aCol == 1);
  return lies && columns && pays && args.k <= kSegment && args.k * args.n <= kRaggedFloats;
}

// Whole vectors of rows.
inline Shares raggedTiles(const MatmulArgs& args) {
  const int64_t unit = args.aRow == 1 ? kPanel : W;
  return sharesOf(args.m, unit, ceilDiv(args.m, unit), evenTiles(args.m * args.n * args.k / kTileWork));
}

// A packed panel of b.
inline size_t raggedBytes(const MatmulArgs& args) { return args.bCol == 1 ? 0 : alignedFloats(args.k * kPanel); }
inline size_t raggedScratch(const MatmulArgs& args) { return raggedBytes(args) + kThinScratch; }

template <int64_t kMostRows>
void multiplyWhole(const MatmulArgs& args, const Operands& x, int64_t m, float* packed) {
  const int64_t n = wholeColumns(args);
  args.bCol == 1 ? multiplyColumns<false, kMostRows>(args, x, m, n, packed)
                 : multiplyColumns<true, kMostRows>(args, x, m, n, packed);
}

// Rows of c that are multiplied and finished at once, where b is not packed for them.
constexpr int64_t kRaggedRows = 2 * kPanel;

// Tiles below each other as one: b is packed once for them.
void runRagged(const void* opaque, int64_t begin, int64_t end, void* opaqueScratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Shares rows = raggedTiles(args);
  char* const scratch = static_cast<char*>(opaqueScratch);
  float* const packed = reinterpret_cast<float*>(scratch);
  float* const sums = reinterpret_cast<float*>(scratch + raggedBytes(args));
  const auto multiply = rowsConflict(args) ? multiplyWhole<kFewerRows> : multiplyWhole<tileRows(1)>;
  for (int64_t t = begin, count; t < end; t += count) {
    const int64_t batch = t / rows.tiles, tile = t % rows.tiles;
    count = end - t < rows.tiles - tile ? end - t : rows.tiles - tile;
    const int64_t last = rows.begin(tile + count), most = args.bCol == 1 ? kRaggedRows : args.m;
    const Operands x = operandsOf(args, batch);
    for (int64_t i = rows.begin(tile), next; i < last; i = next) {
      next = last - i < most ? last : i + most;
      const Operands below = {x.a + i * args.aRow, x.b, x.c + i * args.n};
      multiply(args, below, next - i, packed);
      multiplyThin(args, x, {i, next, wholeColumns(args), args.n}, sums);
      finishWindow(args, batch, {i, next, 0, args.n}, scratch + raggedScratch(args));
    }
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
