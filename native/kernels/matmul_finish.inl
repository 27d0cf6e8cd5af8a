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

// A window of one batch item as ranges of elements, each a row behind the one before.
struct Ranges {
  int64_t begin, length, count;
};

inline Ranges rangesOf(const MatmulArgs& args, int64_t batch, const Window& w) {
  const int64_t begin = (batch * args.m + w.i0) * args.n + w.j0, rows = w.i1 - w.i0;
  if (w.j0 == 0 && w.j1 == args.n) return {begin, rows * args.n, 1};
  return {begin, w.j1 - w.j0, rows};
}

// Runs an epilogue that has begun on finished elements.
inline void finishRanges(Tiles& epilogue, const MatmulArgs& args, const Ranges& r) {
  const float* c = static_cast<const float*>(args.c);
  for (int64_t i = 0, at = r.begin; i < r.count; i++, at += args.n) runTiles(epilogue, at, at + r.length, c + at);
}

// All of a finished window.
inline void finishWindow(const MatmulArgs& args, int64_t batch, const Window& w, void* scratch) {
  if (args.epilogue == 0) return;
  const TileProgram& program = epilogueOf(args);
  const Ranges r = rangesOf(args, batch, w);
  Tiles epilogue;
  beginTiles(epilogue, program, scratch, true, r.count == 1 ? r.begin : 0, r.count == 1 ? r.length : program.count);
  finishRanges(epilogue, args, r);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
