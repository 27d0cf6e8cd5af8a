// The interpreter of narrow tile programs: registers of kTile lanes that stay in the nearest cache.
// (Wide ones run on the reference.)
#pragma once

#include "reference.h"
#include "tile_input.inl"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kTilesAhead = 2;

SLALOM_INLINE size_t tileScratchBytes(const TileProgram& p) {
  return static_cast<size_t>(p.registerCount + p.inputCount) * kSlot;
}

// A program at work on one thread. beginTiles fills what does not change from tile to tile.
struct Tiles {
  const TileProgram* p;
  char* scratch;
  int64_t origin;                 // where the patterns of repeated inputs begin
  const void* at[kMaxRegisters];  // where registers are in the present tile

  SLALOM_INLINE float* inputSlot(int j) const { return reinterpret_cast<float*>(scratch + j * (2 * kSlot)); }
  SLALOM_INLINE float* slot(int reg) const { return reinterpret_cast<float*>(scratch + (reg + p->inputCount) * kSlot); }
  SLALOM_INLINE const void* read(int reg) const { return reg < 0 ? nullptr : at[reg]; }
};

// `begin` and `length`: the only range that follows, or 0 and p.count when there are several.
SLALOM_INLINE void beginTiles(Tiles& t, const TileProgram& p, void* scratch, int64_t begin, int64_t length) {
  t.p = &p;
  t.scratch = static_cast<char*>(scratch);
  t.origin = 0;
  const TileInput* const inputs = tileInputs(&p);
  const int64_t fill = length < kTile ? length : kTile;
  for (int j = p.follows ? 1 : 0; j < p.inputCount; ++j) {
    const TileInput& input = inputs[j];
    if (input.source == Source::fixed) {
      fillRegister(t.inputSlot(j), bitsAsFloat(loadOne(input.data, input.storage)), fill);
      t.at[j] = t.inputSlot(j);
    } else if (input.source == Source::repeated) {
      const int64_t phase = begin == 0 ? 0 : begin % input.period;
      const int64_t turns = length <= input.period ? 0 : input.period;
      fillPattern(t.inputSlot(j), input, input.period, phase, fill + turns);
      t.origin = begin;
    }
  }
}

SLALOM_INLINE int64_t tileLength(const Tiles& t, int64_t begin, int64_t end) {
  const int64_t n = end - begin < t.p->most ? end - begin : t.p->most;
  if (t.p->row == 0) return n;
  const int64_t left = t.p->row - begin % t.p->row;
  return left < n ? left : n;
}

SLALOM_INLINE void loadTile(Tiles& t, int64_t begin, int64_t n) {
  const TileInput* const inputs = tileInputs(t.p);
  for (int j = t.p->follows ? 1 : 0; j < t.p->inputCount; ++j) {
    const TileInput& input = inputs[j];
    const auto* data = static_cast<const char*>(input.data);
    switch (input.source) {
      case Source::direct:
        t.at[j] = data + begin * 4;
        break;
      case Source::repeated:
        t.at[j] = t.inputSlot(j) + (begin == t.origin ? 0 : (begin - t.origin) % input.period);
        break;
      case Source::dense:
        loaderOf(input.storage)(t.inputSlot(j), 1, data + begin, 1, n);
        t.at[j] = t.inputSlot(j);
        break;
      case Source::strided:
        t.at[j] = loadStrided(*t.p, input, begin, n, t.inputSlot(j));
        break;
      default:
        break;
    }
  }
}

// Processors look no farther ahead than the end of a small page.
SLALOM_INLINE void askAhead(const Tiles& t, int64_t begin, int64_t n) {
  for (int j = 0; j < t.p->inputCount; ++j) {
    const TileInput& input = tileInputs(t.p)[j];
    if (!isInOrder(input)) continue;
    const int64_t size = storageBytes(input.storage);
    const char* at = static_cast<const char*>(input.data) + (begin + kTilesAhead * kTile) * size;
    for (int64_t i = 0; i < n * size; i += 64) prefetch(at + i);
  }
}

// Loads and computes at most kTile elements, without the outputs: for prologues.
SLALOM_INLINE void evaluateTile(Tiles& t, int64_t begin, int64_t n) {
  loadTile(t, begin, n);
  const TileStep* const steps = tileSteps(t.p);
  for (int s = 0; s < t.p->stepCount; ++s) {
    const TileStep& step = steps[s];
    void* to = t.slot(step.dst);
    step.fn(to, t.read(step.a), t.read(step.b), t.read(step.c), n);
    t.at[step.dst] = to;
  }
}

SLALOM_INLINE void computeTile(Tiles& t, int64_t begin, int64_t n) {
  loadTile(t, begin, n);
  const TileStep* const steps = tileSteps(t.p);
  const TileOutput* const outputs = tileOutputs(t.p);
  for (int s = 0; s < t.p->stepCount; ++s) {
    const TileStep& step = steps[s];
    void* to = t.slot(step.dst);
    if (step.target >= 0) to = static_cast<float*>(outputs[step.target].data) + begin;
    step.fn(to, t.read(step.a), t.read(step.b), t.read(step.c), n);
    t.at[step.dst] = to;
  }
}

// Past the caches, but for what is no whole vector.
SLALOM_INLINE void storeFar(float* to, const float* from, int64_t n) {
  const auto address = reinterpret_cast<uintptr_t>(to);
  int64_t i = static_cast<int64_t>(-address % (W * 4) / 4);
  if (i > n) i = n;
  if (i > 0) storePart(to, loadPart(from, i), i);
  for (; i + W <= n; i += W) storePastCaches(to + i, load(from + i));
  if (i < n) storePart(to + i, loadPart(from + i, n - i), n - i);
}

SLALOM_INLINE void storeOutput(const Tiles& t, const TileOutput& out, int64_t begin, int64_t n) {
  const auto* from = static_cast<const float*>(t.at[out.reg]);
  auto* data = static_cast<char*>(out.data);
  const int64_t size = storageBytes(out.storage);
  const RunFn run = storerOf(out.storage);
  if (out.dense && t.p->far && sameBits(out.storage)) return storeFar(reinterpret_cast<float*>(data) + begin, from, n);
  if (out.dense) {
    run(data + begin * size, 1, from, 1, n);
    return;
  }
  const int64_t step = out.stride[t.p->rank - 1];
  forRuns(*t.p, out.stride, begin, n, [&](int64_t offset, int64_t position, int64_t length) {
    run(data + offset * size, step, from + position, 1, length);
  });
}

// Loads, computes and stores [begin, end). `product`, if not null, holds input 0 of exactly this range.
SLALOM_INLINE void runTiles(Tiles& t, int64_t begin, int64_t end, const void* product) {
  const TileOutput* const outputs = tileOutputs(t.p);
  for (int64_t at = begin; at < end;) {
    const int64_t n = tileLength(t, at, end);
    if (product) t.at[0] = static_cast<const float*>(product) + (at - begin);
    computeTile(t, at, n);
    if (t.p->far) askAhead(t, at, n);
    for (int o = 0; o < t.p->outputCount; ++o) {
      if (!outputs[o].there) storeOutput(t, outputs[o], at, n);
    }
    at += n;
  }
  if (t.p->far) afterStoresPastCaches();
}

inline void runTileRange(const TileProgram& p, int64_t begin, int64_t end, void* scratch) {
  Tiles t;
  beginTiles(t, p, scratch, begin, end - begin);
  runTiles(t, begin, end, nullptr);
}

// Elements that one thread should take at a time: about ten microseconds of work.
SLALOM_INLINE int64_t elementsPerTask(const TileProgram& p) {
  if (p.count * (p.stepCount + 1) < 32768) return p.count;
  const int64_t tiles = 512 / (p.stepCount + 2);
  return kTile * (tiles < 4 ? 4 : tiles);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
