// Long k, few tiles: every segment of k is a tile of its own, and a second call adds the sums.
#pragma once

#include "matmul_blocked.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kSumTile = 16 * 1024;  // elements of c a tile of the second call finishes

inline int64_t sumRowsPerTile(const MatmulArgs& args) {
  const int64_t rows = kSumTile / args.n;
  return rows < 1 ? 1 : rows < args.m ? rows : args.m;
}

// Behind the packed a.
inline float* sumsOf(const MatmulArgs& args, const Cut& cut) {
  return static_cast<float*>(args.workspace) + roundUp(packedSize(args, cut), 16);
}

void runParts(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = cutOf(args);
  const int64_t size = args.m * args.n, each = cut.batches * cut.tiles();
  for (int64_t t = begin; t < end;) {
    const int64_t part = t / each, p = part * kSegment, left = end - part * each;
    const TilesAt tiles = tilesAt(args, cut, t % each, left < each ? left : each);
    float* sums = sumsOf(args, cut) + (tiles.batch * cut.parts + part) * size;
    Blocks blocks = blocksIn(static_cast<char*>(scratch), scratchOf(args, cut));
    overColumns(args, tiles.window, [&](const Window& w, const Place&) {
      multiplySegment(args, cut, tiles.batch, w, p, args.k - p < kSegment ? args.k : p + kSegment,
                      sums + w.i0 * args.n + w.j0, args.n, blocks, {}, {});
    });
    t += tiles.count;
  }
}

void runAddParts(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Cut cut = cutOf(args);
  const int64_t parts = cut.parts, rows = sumRowsPerTile(args), tiles = ceilDiv(args.m, rows);
  const int64_t size = args.m * args.n;
  for (int64_t t = begin; t < end; t++) {
    const int64_t batch = t / tiles, i0 = t % tiles * rows;
    const int64_t i1 = args.m - i0 < rows ? args.m : i0 + rows;
    const int64_t count = (i1 - i0) * args.n;
    float* c = static_cast<float*>(args.c) + batch * size + i0 * args.n;
    const float* sums = sumsOf(args, cut) + batch * parts * size + i0 * args.n;
    for (int64_t j = 0; j < count; j += W) {
      const int64_t left = count - j;
      F sum = left < W ? loadPart(sums + j, left) : load(sums + j);
      for (int64_t part = 1; part < parts; part++) {
        const float* more = sums + part * size + j;
        sum = add(sum, left < W ? loadPart(more, left) : load(more));
      }
      left < W ? storePart(c + j, sum, left) : store(c + j, sum);
    }
    finishWindow(args, batch, {i0, i1, 0, args.n}, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
