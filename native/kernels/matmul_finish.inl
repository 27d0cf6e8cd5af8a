// What follows a product: its epilogue, or its greatest magnitude, on rows that are still in the cache.
#pragma once

#include "matmul_plan.inl"
#include "straight_layers.inl"

namespace slalom {
namespace VARIANT {
namespace {

inline bool isFollowed(const MatmulArgs& args) { return args.epilogue != 0 || args.measured; }

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

// The greatest magnitude so far, by lanes.
struct Greatest {
  F lanes[2] = {zero(), zero()};
};

inline void measureRows(Greatest& greatest, const float* c, int64_t cRow, int64_t rows, int64_t columns) {
  F first = greatest.lanes[0], second = greatest.lanes[1];
  for (int64_t i = 0; i < rows; i++, c += cRow) {
    int64_t j = 0;
    for (; j + 2 * W <= columns; j += 2 * W) {
      first = MaxI::apply(first, absolute(load(c + j)));
      second = MaxI::apply(second, absolute(load(c + j + W)));
    }
    for (; j < columns; j += W) {
      const int64_t left = columns - j;
      first = MaxI::apply(first, absolute(left < W ? loadPart(c + j, static_cast<int>(left)) : load(c + j)));
    }
  }
  greatest = {{first, second}};
}

inline void reportGreatest(const MatmulArgs& args, const Greatest& greatest) {
  float lanes[W];
  store(lanes, MaxI::apply(greatest.lanes[0], greatest.lanes[1]));
  for (float lane : lanes) raiseMagnitude(static_cast<float*>(args.greatest), lane);
}

void runClearGreatest(const void* args, int64_t, int64_t, void*) {
  *static_cast<float*>(static_cast<const MatmulArgs*>(args)->greatest) = 0;
}

// Runs an epilogue that has begun on finished elements: those of the ranges, `pitch` apart.
inline void finishRanges(Tiles& epilogue, const MatmulArgs& args, const Ranges& r, const float* product,
                         int64_t pitch) {
  for (int64_t i = 0, at = r.begin; i < r.count; i++, at += args.n, product += pitch) {
    runTiles(epilogue, at, at + r.length, product);
  }
}

constexpr int64_t kWorthLooking = 1024;  // elements of an epilogue that pay for looking for its straight code

// The epilogue of a large product, which is worth looking for straight code.
struct Epilogue {
  Tiles tiles;
  RowsFn straight;  // null: interpreted

  void begin(const TileProgram& p, void* scratch) {
    straight = StraightLayers::findFollowing(p);
    if (!straight) straight = StraightPrograms::findFollowing(p);
    if (!straight) beginTiles(tiles, p, scratch, 0, p.count);
  }

  void run(const MatmulArgs& args, const Ranges& r, const float* product, int64_t pitch) {
    if (straight) return straight(epilogueOf(args), {product, pitch, r.begin, r.length, r.count, args.n});
    finishRanges(tiles, args, r, product, pitch);
  }
};

// All that follows a finished window.
inline void finishWindow(const MatmulArgs& args, int64_t batch, const Window& w, void* scratch) {
  const Ranges r = rangesOf(args, batch, w);
  if (args.measured) {
    Greatest greatest;
    measureRows(greatest, static_cast<const float*>(args.c) + r.begin, args.n, r.count, r.length);
    reportGreatest(args, greatest);
  }
  if (args.epilogue == 0) return;
  const TileProgram& program = epilogueOf(args);
  const float* const product = static_cast<const float*>(args.c) + r.begin;
  if (program.count >= kWorthLooking) {
    Epilogue epilogue;
    epilogue.begin(program, scratch);
    return epilogue.run(args, r, product, args.n);
  }
  Tiles epilogue;
  beginTiles(epilogue, program, scratch, r.count == 1 ? r.begin : 0, r.count == 1 ? r.length : program.count);
  finishRanges(epilogue, args, r, product, args.n);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
