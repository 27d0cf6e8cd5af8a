// The interpreter of tile programs: registers of kTile lanes that stay in the first-level cache.
#pragma once

#include "convert.inl"

namespace slalom {
namespace VARIANT {
namespace {

SLALOM_INLINE size_t laneBytes(const TileProgram& p) { return p.wide ? 8 : 4; }

SLALOM_INLINE size_t tileScratchBytes(const TileProgram& p) {
  return static_cast<size_t>(p.registerCount) * kTile * laneBytes(p);
}

// How an operand lies over the iteration space.
enum class Access : uint8_t { scalar, dense, strided };

SLALOM_INLINE Access accessOf(const TileProgram& p, const int64_t* stride) {
  int64_t step = 1;
  bool scalar = true, dense = true;
  for (int d = p.rank - 1; d >= 0; --d) {
    if (p.dims[d] != 1) {
      scalar = scalar && stride[d] == 0;
      dense = dense && stride[d] == step;
    }
    step *= p.dims[d];
  }
  return scalar ? Access::scalar : dense ? Access::dense : Access::strided;
}

// A program at work on one thread: where every register is for the present tile.
struct Tiles {
  const TileProgram& p;
  char* scratch;
  const TileInput* inputs;
  const TileStep* steps;
  const TileOutput* outputs;
  const void* at[kMaxRegisters];
  Access access[kMaxRegisters];
  RunFn loaders[kMaxRegisters];
  bool anyStrided;
  int firstInput;

  SLALOM_INLINE void* own(int reg) const { return scratch + static_cast<size_t>(reg) * kTile * laneBytes(p); }
};

// `product`, if given, takes the place of input 0 (an epilogue's register). `most` bounds the
// length of the tiles that will be evaluated.
SLALOM_INLINE void beginTiles(Tiles& t, void* scratch, bool product, int64_t most) {
  const TileProgram& p = t.p;
  t.scratch = static_cast<char*>(scratch);
  t.inputs = tileInputs(&p);
  t.steps = tileSteps(&p);
  t.outputs = tileOutputs(&p);
  t.firstInput = product ? 1 : 0;
  t.anyStrided = false;
  const int64_t fill = most < kTile ? most : kTile;
  for (int j = t.firstInput; j < p.inputCount; ++j) {
    const TileInput& input = t.inputs[j];
    t.access[j] = accessOf(p, input.stride);
    if (t.access[j] == Access::dense && sameBits(input.storage, input.lane)) continue;
    t.loaders[j] = loaderOf(input.storage, input.lane);
    t.at[j] = t.own(j);
    if (t.access[j] == Access::scalar) {
      t.loaders[j](t.own(j), 1, input.data, 0, fill);
    } else if (t.access[j] == Access::strided) {
      t.anyStrided = true;
    }
  }
  for (int r = p.inputCount; r < p.registerCount; ++r) t.at[r] = t.own(r);
}

// Visits [begin, begin + n) of the iteration space as runs along the last dimension:
// run(offset of the first element, position in the range, length).
template <typename Run>
SLALOM_INLINE void forRuns(const TileProgram& p, const int64_t* stride, int64_t begin, int64_t n, Run run) {
  const int last = p.rank - 1;
  int64_t coordinate[kMaxRank];
  int64_t rest = begin, offset = 0;
  for (int d = last; d >= 0; --d) {
    coordinate[d] = rest % p.dims[d];
    rest /= p.dims[d];
    offset += coordinate[d] * stride[d];
  }
  for (int64_t done = 0; done < n;) {
    const int64_t left = p.dims[last] - coordinate[last];
    const int64_t length = left < n - done ? left : n - done;
    run(offset, done, length);
    done += length;
    offset -= coordinate[last] * stride[last];
    coordinate[last] = 0;
    for (int d = last - 1; d >= 0; --d) {
      offset += stride[d];
      if (++coordinate[d] < p.dims[d]) break;
      offset -= coordinate[d] * stride[d];
      coordinate[d] = 0;
    }
  }
}

SLALOM_INLINE void loadStrided(Tiles& t, int j, int64_t begin, int64_t n) {
  const TileInput& input = t.inputs[j];
  const int last = t.p.rank - 1;
  const int64_t size = storageBytes(input.storage);
  const auto* data = static_cast<const char*>(input.data);
  auto* to = static_cast<char*>(t.own(j));
  t.at[j] = to;
  const auto lane = static_cast<int64_t>(laneBytes(t.p));
  const int64_t step = input.stride[last];
  if (step == 1 && sameBits(input.storage, input.lane)) {
    // A tile inside one row is read where it lies.
    const int64_t column = begin % t.p.dims[last];
    if (column + n <= t.p.dims[last]) {
      forRuns(t.p, input.stride, begin, n, [&](int64_t offset, int64_t, int64_t) { t.at[j] = data + offset * size; });
      return;
    }
  }
  const RunFn load = t.loaders[j];
  forRuns(t.p, input.stride, begin, n, [&](int64_t offset, int64_t position, int64_t length) {
    load(to + position * lane, 1, data + offset * size, step, length);
  });
}

SLALOM_INLINE void storeOutput(const Tiles& t, const TileOutput& out, int64_t begin, int64_t n) {
  const auto* from = static_cast<const char*>(t.at[out.reg]);
  auto* data = static_cast<char*>(out.data);
  const int64_t size = storageBytes(out.storage);
  const RunFn run = storerOf(out.storage, out.lane);
  if (accessOf(t.p, out.stride) != Access::strided) {
    run(data + begin * size, 1, from, 1, n);
    return;
  }
  const auto lane = static_cast<int64_t>(laneBytes(t.p));
  const int64_t step = out.stride[t.p.rank - 1];
  forRuns(t.p, out.stride, begin, n, [&](int64_t offset, int64_t position, int64_t length) {
    run(data + offset * size, step, from + position * lane, 1, length);
  });
}

// Elements of the tile that starts at `at`: at most kTile; when an operand is strided along long
// rows, not across the end of a row.
SLALOM_INLINE int64_t tileLength(const Tiles& t, int64_t at, int64_t end) {
  int64_t n = end - at < kTile ? end - at : kTile;
  if (t.anyStrided) {
    const int64_t row = t.p.dims[t.p.rank - 1];
    if (row >= 64) {
      const int64_t left = row - at % row;
      if (left < n) n = left;
    }
  }
  return n;
}

// Loads the inputs and runs all steps but the last `keep` ones; registers are then valid for [at, at + n).
SLALOM_INLINE void loadTile(Tiles& t, int64_t at, int64_t n) {
  for (int j = t.firstInput; j < t.p.inputCount; ++j) {
    const TileInput& input = t.inputs[j];
    if (t.access[j] == Access::dense) {
      const char* from = static_cast<const char*>(input.data) + at * storageBytes(input.storage);
      if (sameBits(input.storage, input.lane)) {
        t.at[j] = from;
      } else {
        t.loaders[j](t.own(j), 1, from, 1, n);
      }
    } else if (t.access[j] == Access::strided) {
      loadStrided(t, j, at, n);
    }
  }
}

SLALOM_INLINE void runStep(const Tiles& t, const TileStep& s, void* dst, int64_t n) {
  s.fn(dst, t.at[s.a], s.b < 0 ? nullptr : t.at[s.b], s.c < 0 ? nullptr : t.at[s.c], n);
}

// Evaluates registers without storing anything: for prologues.
SLALOM_INLINE void evaluateTile(Tiles& t, int64_t at, int64_t n) {
  loadTile(t, at, n);
  for (int s = 0; s < t.p.stepCount; ++s) runStep(t, t.steps[s], const_cast<void*>(t.at[t.steps[s].dst]), n);
}

// Whether the last step may write its result to this output's memory at once.
SLALOM_INLINE int directOutput(const Tiles& t) {
  if (t.p.stepCount == 0) return -1;
  const int16_t reg = t.steps[t.p.stepCount - 1].dst;
  for (int o = 0; o < t.p.outputCount; ++o) {
    const TileOutput& out = t.outputs[o];
    if (out.reg == reg && sameBits(out.storage, out.lane) && accessOf(t.p, out.stride) != Access::strided) return o;
  }
  return -1;
}

// Loads, computes and stores [begin, end). `product`, if not null, holds input 0 of exactly this range.
SLALOM_INLINE void runTileRange(const TileProgram& p, int64_t begin, int64_t end, const void* product, void* scratch) {
  Tiles t{p, nullptr, nullptr, nullptr, nullptr, {}, {}, {}, false, 0};
  beginTiles(t, scratch, product != nullptr, end - begin);
  const int direct = directOutput(t);
  const int last = p.stepCount - 1;
  const auto lane = static_cast<int64_t>(laneBytes(p));
  for (int64_t at = begin; at < end;) {
    const int64_t n = tileLength(t, at, end);
    if (product) t.at[0] = static_cast<const char*>(product) + (at - begin) * lane;
    loadTile(t, at, n);
    for (int s = 0; s < last; ++s) runStep(t, t.steps[s], const_cast<void*>(t.at[t.steps[s].dst]), n);
    if (last >= 0) {
      const TileStep& step = t.steps[last];
      void* to = direct >= 0 ? static_cast<char*>(t.outputs[direct].data) + at * lane : t.own(step.dst);
      runStep(t, step, to, n);
      t.at[step.dst] = to;
    }
    for (int o = 0; o < p.outputCount; ++o) {
      if (o != direct) storeOutput(t, t.outputs[o], at, n);
    }
    if (last >= 0) t.at[t.steps[last].dst] = t.own(t.steps[last].dst);
    at += n;
  }
}

// ---- pointwise as a kernel ---------------------------------------------------------------------

// Elements that one thread should take at a time: about ten microseconds of work.
SLALOM_INLINE int64_t elementsPerTask(const TileProgram& p) {
  const int64_t work = p.stepCount + p.inputCount + p.outputCount;
  const int64_t tiles = 512 / work;
  return kTile * (tiles < 16 ? 16 : tiles);
}

void runPointwise(const void* args, int64_t begin, int64_t end, void* scratch) {
  const TileProgram& p = static_cast<const PointwiseArgs*>(args)->program;
  const int64_t each = elementsPerTask(p);
  const int64_t last = end * each < p.count ? end * each : p.count;
  runTileRange(p, begin * each, last, nullptr, scratch);
}

void planPointwise(const PointwiseArgs* args, CallPlan* plan) {
  const TileProgram& p = args->program;
  const int64_t each = elementsPerTask(p);
  *plan = {};
  if (p.count == 0) return;
  plan->count = 1;
  plan->calls[0] = {runPointwise, args, (p.count + each - 1) / each, tileScratchBytes(p)};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
