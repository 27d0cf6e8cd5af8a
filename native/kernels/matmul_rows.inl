// Products of few steps of k, whose time goes into writing c: row after row of c, which processors see coming, where
// register tiles would write to many places at once.
#pragma once

#include "matmul_finish.inl"
#include "matmul_steps.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kFewSteps = 4, kMostSteps = 8;  // the latter before the updates of many arrays
constexpr int64_t kGroupElements = 4096;      // of c, written before what follows them: L1 holds them beside operands
constexpr int64_t kRowsElements = 32 * 1024;  // of c that a tile for threads writes, at least

inline bool isRows(const MatmulArgs& args) {
  const bool few = args.k <= kFewSteps || (args.k <= kMostSteps && arraysAfter(args) >= kManyArrays);
  return args.k > 0 && few && args.bCol == 1 && args.n >= W && args.k * args.n <= kResident &&
         args.m * args.n >= kRowsElements;
}

inline Shares rowTiles(const MatmulArgs& args) {
  return sharesOf(args.m, 1, args.m, evenTiles(args.m * args.n / kRowsElements));
}

inline int64_t groupRows(const MatmulArgs& args) { return args.n < kGroupElements ? kGroupElements / args.n : 1; }

// A group of rows of a c that never lies in memory as a whole.
inline size_t groupScratch(const MatmulArgs& args) {
  return args.transient ? alignedFloats(groupRows(args) * args.n) : 0;
}

template <int K>
void multiplyRows(const MatmulArgs& args, const float* a, const float* b, float* c, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) {
    multiplySteps<K, 1, 1, false>(a + i * args.aRow, args.aRow, args.aCol, b, args.bRow, c + i * args.n, args.n,
                                  args.n);
  }
}

using RowsOfC = void (*)(const MatmulArgs& args, const float* a, const float* b, float* c, int64_t rows);
constexpr RowsOfC kRowsOfC[kMostSteps] = {multiplyRows<1>, multiplyRows<2>, multiplyRows<3>, multiplyRows<4>,
                                          multiplyRows<5>, multiplyRows<6>, multiplyRows<7>, multiplyRows<8>};

void runRows(const void* opaque, int64_t begin, int64_t end, void* opaqueScratch) {
  const MatmulArgs& args = *static_cast<const MatmulArgs*>(opaque);
  const Shares tiles = rowTiles(args);
  char* scratch = static_cast<char*>(opaqueScratch);
  Epilogue epilogue;
  if (args.epilogue != 0) epilogue.begin(epilogueOf(args), scratch + groupScratch(args));
  for (int64_t t = begin; t < end; t++) {
    const int64_t batch = t / tiles.tiles, tile = t % tiles.tiles, last = tiles.begin(tile + 1);
    const Operands x = operandsOf(args, batch);
    for (int64_t i = tiles.begin(tile), take; i < last; i += take) {
      take = last - i < groupRows(args) ? last - i : groupRows(args);
      float* c = args.transient ? reinterpret_cast<float*>(scratch) : x.c + i * args.n;
      kRowsOfC[args.k - 1](args, x.a + i * args.aRow, x.b, c, take);
      const Window w = {i, i + take, 0, args.n};
      if (args.epilogue != 0) epilogue.run(args, rangesOf(args, batch, w), c, args.n);
      if (args.measured) finishWindow(args, batch, w, nullptr);
    }
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
