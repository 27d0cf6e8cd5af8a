// What follows a product: its epilogue, on rows that are still in the cache.
#pragma once

#include "matmul_plan.inl"
#include "tile.inl"

namespace slalom {
namespace VARIANT {
namespace {

inline const TileProgram& epilogueOf(const MatmulArgs& args) {
  return *reinterpret_cast<const TileProgram*>(reinterpret_cast<const char*>(&args) + args.epilogue);
}

inline size_t finishScratch(const MatmulArgs& args) {
  return args.epilogue == 0 ? 0 : tileScratchBytes(epilogueOf(args));
}

// Runs the epilogue on a finished window of one batch item.
inline void finishWindow(const MatmulArgs& args, int64_t batch, const Window& w, void* scratch) {
  if (args.epilogue == 0) return;
  const TileProgram& program = epilogueOf(args);
  const float* c = static_cast<const float*>(args.c);
  const bool whole = w.j0 == 0 && w.j1 == args.n;
  const int64_t rows = whole ? 1 : w.i1 - w.i0;
  for (int64_t i = 0; i < rows; i++) {
    const int64_t begin = (batch * args.m + w.i0 + i) * args.n + w.j0;
    const int64_t end = whole ? (batch * args.m + w.i1) * args.n : begin + w.j1 - w.j0;
    runTileRange(program, begin, end, c + begin, scratch);
  }
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
