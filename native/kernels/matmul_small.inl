// Products whose b stays in L1: no cache blocks, a in place, one k range.
#pragma once

#include "matmul_finish.inl"
#include "matmul_pack.inl"

namespace slalom {
namespace VARIANT {
namespace {

inline bool fitsSmall(const MatmulArgs& args) {
  return args.k * args.n <= kResident && args.m * args.k <= 4 * kResident && args.k <= kSegment;
}

// Batch items one tile takes.
inline int64_t itemsPerTile(const MatmulArgs& args, int64_t batches) {
  const int64_t work = args.m * args.n * args.k + 1;
  const int64_t items = ceilDiv(kTileWork, work);
  return items < batches ? items : batches;
}

// The first m rows and n columns of c, in register tiles of so many rows at most. Both are read anew after every tile:
// values that are kept for that long cost the smallest products a tenth.
template <bool kPacked, int64_t kMostRows>
SLALOM_INLINE void multiplyColumns(const MatmulArgs& args, const Operands& x, const int64_t& m, const int64_t& n,
                                   float* packed) {
  TileShape shape = {args.k, args.aRow, args.aCol, args.bRow, args.n, 0};
  for (int64_t j = 0; j < n; j += kPanel) {
    const int64_t width = n - j < kPanel ? n - j : kPanel;
    const int64_t vectors = (width + W - 1) / W;
    const float* b = x.b + j * args.bCol;
    if (kPacked) {
      packPanel(b, args.bRow, args.bCol, args.k, width, packed);
      b = packed;
      shape.bStep = vectors * W;
    }
    shape.tail = static_cast<int>(width - (vectors - 1) * W);
    const TileFn* tiles = kTiles.fn[vectors - 1][shape.tail < W][0];
    const int64_t most = tileRows(vectors) < kMostRows ? tileRows(vectors) : kMostRows;
    for (int64_t i = 0; i < m;) {
      const int64_t take = nextRows(m - i, most);
      tiles[take - 1](shape, x.a + i * args.aRow, b, x.c + i * args.n + j);
      i += take;
    }
  }
}

template <bool kPacked>
void multiplySmall(const MatmulArgs& args, const Operands& x, float* packed) {
  multiplyColumns<kPacked, tileRows(1)>(args, x, args.m, args.n, packed);
}

template <bool kPacked>
void runSmall(const void* opaque, int64_t, int64_t, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Operands x = {static_cast<const float*>(args.a), static_cast<const float*>(args.b),
                      static_cast<float*>(args.c)};
  multiplySmall<kPacked>(args, x, static_cast<float*>(scratch));
  if (isFollowed(args)) finishWindow(args, 0, {0, args.m, 0, args.n}, scratch);
}

template <bool kPacked>
void runSmallBatch(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const int64_t batches = batchCount(args);
  const int64_t items = itemsPerTile(args, batches);
  const int64_t last = end * items < batches ? end * items : batches;
  for (int64_t batch = begin * items; batch < last; batch++) {
    multiplySmall<kPacked>(args, operandsOf(args, batch), static_cast<float*>(scratch));
    if (isFollowed(args)) finishWindow(args, batch, {0, args.m, 0, args.n}, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
