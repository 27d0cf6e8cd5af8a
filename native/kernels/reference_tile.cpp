// Tile programs, narrow and wide: every element of every operand by its coordinates.
#include "reference.h"

namespace slalom {
namespace reference {
namespace {

constexpr int64_t kElementsPerTask = 16 * kTile;

size_t laneBytes(const TileProgram& p) { return p.wide ? 8 : 4; }

char* registerAt(const TileProgram& p, void* scratch, int reg) {
  return static_cast<char*>(scratch) + static_cast<size_t>(reg) * kTile * laneBytes(p);
}

// Calls visit(offset, position) for elements [begin, end) in order, offset in elements by stride.
template <typename Visit>
void walk(const TileProgram& p, const int64_t* stride, int64_t begin, int64_t end, Visit visit) {
  int64_t coordinate[kMaxRank], rest = begin, offset = 0;
  for (int d = p.rank - 1; d >= 0; d--) {
    coordinate[d] = rest % p.dims[d];
    rest /= p.dims[d];
    offset += coordinate[d] * stride[d];
  }
  for (int64_t e = begin; e < end; e++) {
    visit(offset, e - begin);
    for (int d = p.rank - 1; d >= 0; d--) {
      offset += stride[d];
      if (++coordinate[d] < p.dims[d]) break;
      offset -= coordinate[d] * stride[d];
      coordinate[d] = 0;
    }
  }
}

template <typename T, typename Memory>
void loadAs(const TileProgram& p, const TileInput& in, int64_t begin, int64_t end, void* reg) {
  const auto* data = static_cast<const Memory*>(in.data);
  walk(p, in.stride, begin, end,
       [&](int64_t offset, int64_t i) { static_cast<T*>(reg)[i] = static_cast<T>(data[offset]); });
}

// f32 moves as bits, so that a copied denormal stays one; a mask is 0 or -1.
void loadNarrow(const TileProgram& p, const TileInput& in, int64_t begin, int64_t end, void* reg) {
  const auto* bytes = static_cast<const uint8_t*>(in.data);
  auto* lanes = static_cast<int32_t*>(reg);
  if (in.storage == kStoreU8) return loadAs<int32_t, uint8_t>(p, in, begin, end, reg);
  if (in.storage != kStoreBool) return loadAs<int32_t, int32_t>(p, in, begin, end, reg);
  walk(p, in.stride, begin, end, [&](int64_t offset, int64_t i) { lanes[i] = bytes[offset] ? -1 : 0; });
}

void loadWide(const TileProgram& p, const TileInput& in, int64_t begin, int64_t end, void* reg) {
  const auto* bytes = static_cast<const uint8_t*>(in.data);
  auto* lanes = static_cast<double*>(reg);
  switch (in.storage) {
    case kStoreF32:
      return loadAs<double, float>(p, in, begin, end, reg);
    case kStoreF64:
      return loadAs<double, double>(p, in, begin, end, reg);
    case kStoreI32:
      return loadAs<double, int32_t>(p, in, begin, end, reg);
    case kStoreU8:
      return loadAs<double, uint8_t>(p, in, begin, end, reg);
    default:
      walk(p, in.stride, begin, end, [&](int64_t offset, int64_t i) { lanes[i] = bytes[offset] ? 1.0 : 0.0; });
  }
}

template <typename Memory, typename T>
void storeAs(const TileProgram& p, const TileOutput& out, int64_t begin, int64_t end, const void* reg) {
  auto* data = static_cast<Memory*>(out.data);
  walk(p, out.stride, begin, end,
       [&](int64_t offset, int64_t i) { data[offset] = static_cast<Memory>(static_cast<const T*>(reg)[i]); });
}

template <typename T>
void storeTruth(const TileProgram& p, const TileOutput& out, int64_t begin, int64_t end, const void* reg) {
  auto* data = static_cast<uint8_t*>(out.data);
  walk(p, out.stride, begin, end,
       [&](int64_t offset, int64_t i) { data[offset] = static_cast<const T*>(reg)[i] != 0; });
}

void storeNarrow(const TileProgram& p, const TileOutput& out, int64_t begin, int64_t end, const void* reg) {
  switch (out.storage) {
    case kStoreBool:
      return storeTruth<int32_t>(p, out, begin, end, reg);
    case kStoreU8:
      return storeAs<uint8_t, int32_t>(p, out, begin, end, reg);
    default:
      return storeAs<int32_t, int32_t>(p, out, begin, end, reg);
  }
}

void storeWide(const TileProgram& p, const TileOutput& out, int64_t begin, int64_t end, const void* reg) {
  switch (out.storage) {
    case kStoreF32:
      return storeAs<float, double>(p, out, begin, end, reg);
    case kStoreF64:
      return storeAs<double, double>(p, out, begin, end, reg);
    case kStoreI32:
      return storeAs<int32_t, double>(p, out, begin, end, reg);
    case kStoreU8:
      return storeAs<uint8_t, double>(p, out, begin, end, reg);
    default:
      return storeTruth<double>(p, out, begin, end, reg);
  }
}

// Loads and steps of at most kTile elements.
void compute(const TileProgram& p, int64_t begin, int64_t end, const char* product, void* scratch) {
  const int64_t n = end - begin;
  for (int j = 0; j < p.inputCount; j++) {
    char* reg = registerAt(p, scratch, j);
    if (j == 0 && product) {
      for (int64_t i = 0; i < n * static_cast<int64_t>(laneBytes(p)); i++) reg[i] = product[i];
    } else {
      (p.wide ? loadWide : loadNarrow)(p, tileInputs(&p)[j], begin, end, reg);
    }
  }
  for (int s = 0; s < p.stepCount; s++) {
    const TileStep& step = tileSteps(&p)[s];
    const auto source = [&](int16_t reg) { return reg < 0 ? nullptr : registerAt(p, scratch, reg); };
    step.fn(registerAt(p, scratch, step.dst), source(step.a), source(step.b), source(step.c), n);
  }
}

void run(const void* args, int64_t begin, int64_t end, void* scratch) {
  const TileProgram& p = static_cast<const PointwiseArgs*>(args)->program;
  const int64_t last = end * kElementsPerTask < p.count ? end * kElementsPerTask : p.count;
  runTileRange(p, begin * kElementsPerTask, last, nullptr, scratch);
}

}  // namespace

size_t tileScratchBytes(const TileProgram& p) { return static_cast<size_t>(p.registerCount) * kTile * laneBytes(p); }

void runTileRange(const TileProgram& p, int64_t begin, int64_t end, const void* product, void* scratch) {
  for (int64_t at = begin; at < end; at += kTile) {
    const int64_t last = at + kTile < end ? at + kTile : end;
    const auto* part = static_cast<const char*>(product);
    compute(p, at, last, part ? part + (at - begin) * static_cast<int64_t>(laneBytes(p)) : nullptr, scratch);
    for (int o = 0; o < p.outputCount; o++) {
      const TileOutput& out = tileOutputs(&p)[o];
      (p.wide ? storeWide : storeNarrow)(p, out, at, last, registerAt(p, scratch, out.reg));
    }
  }
}

const void* evaluateTile(const TileProgram& p, int64_t begin, int64_t end, int16_t reg, void* scratch) {
  compute(p, begin, end, nullptr, scratch);
  return registerAt(p, scratch, reg);
}

void planPointwise(const PointwiseArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  const TileProgram& p = args->program;
  if (p.count == 0) return;
  plan->calls[plan->count++] = {run, args, (p.count + kElementsPerTask - 1) / kElementsPerTask, tileScratchBytes(p)};
}

}  // namespace reference
}  // namespace slalom
