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

// A window of one batch item.
template <bool kPacked>
void multiplySmall(const MatmulArgs& args, const Operands& x, const Window& w, float* packed) {
  TileShape shape = {args.k, args.aRow, args.aCol, args.bRow, args.n, 0};
  for (int64_t j = w.j0; j < w.j1; j += kPanel) {
    const int64_t width = w.j1 - j < kPanel ? w.j1 - j : kPanel;
    const int64_t vectors = (width + W - 1) / W;
    const float* b = x.b + j * args.bCol;
    if (kPacked) {
      packPanel(b, args.bRow, args.bCol, args.k, width, packed);
      b = packed;
      shape.bStep = vectors * W;
    }
    shape.tail = static_cast<int>(width - (vectors - 1) * W);
    const TileFn* tiles = kTiles.fn[vectors - 1][shape.tail < W][0];
    const int64_t most = rowsConflict(args) ? kFewerRows : tileRows(vectors);
    for (int64_t i = w.i0; i < w.i1;) {
      const int64_t take = nextRows(w.i1 - i, most);
      tiles[take - 1](shape, x.a + i * args.aRow, b, x.c + i * args.n + j);
      i += take;
    }
  }
}

template <bool kPacked>
void runSmall(const void* opaque, int64_t, int64_t, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Operands x = {static_cast<const float*>(args.a), static_cast<const float*>(args.b),
                      static_cast<float*>(args.c)};
  const Window all = {0, args.m, 0, args.n};
  multiplySmall<kPacked>(args, x, all, static_cast<float*>(scratch));
  if (isFollowed(args)) finishWindow(args, 0, all, scratch);
}

template <bool kPacked>
void runSmallBatch(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const int64_t batches = batchCount(args);
  const int64_t items = itemsPerTile(args, batches);
  const int64_t last = end * items < batches ? end * items : batches;
  const Window all = {0, args.m, 0, args.n};
  for (int64_t batch = begin * items; batch < last; batch++) {
    multiplySmall<kPacked>(args, operandsOf(args, batch), all, static_cast<float*>(scratch));
    if (isFollowed(args)) finishWindow(args, batch, all, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
