// Tile programs of every variant against the reference: operands at every kind of stride, every
// storage, lengths around the vector width, nothing written outside the output.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/args.h"
#include "suites.h"

namespace slalom::test {

namespace {

struct OperandSpec {
  Storage storage;
  Lane lane;
  std::vector<int64_t> strides;
  int64_t offset = 0;
};

struct StepSpec {
  PointwiseCode code;
  Lane lane;
  int16_t dst, a, b, c;
};

struct ProgramSpec {
  const char* name;
  std::vector<int64_t> dims;
  std::vector<OperandSpec> inputs;
  std::vector<StepSpec> steps;
  std::vector<OperandSpec> outputs;
  std::vector<int16_t> outputRegisters;
  int registers;
};

constexpr int64_t kGuard = 64;

// Elements of every operand's memory, with guards on both sides.
int64_t roomOf(const ProgramSpec& spec) {
  int64_t count = 1;
  for (const int64_t d : spec.dims) count *= d;
  return std::max<int64_t>(count, 4096);
}

int64_t bytesOf(Storage s) { return s == kStoreF64 ? 8 : s >= kStoreBool ? 1 : 4; }

// Deterministic contents that suit the storage.
std::vector<uint8_t> contents(Storage storage, uint32_t seed, int64_t room) {
  std::vector<uint8_t> bytes(static_cast<size_t>((room + 2 * kGuard) * bytesOf(storage)));
  uint32_t state = seed * 747796405u + 1;
  for (int64_t i = 0; i < room + 2 * kGuard; ++i) {
    state = state * 1664525u + 1013904223u;
    const float x = static_cast<float>(static_cast<int32_t>(state >> 8) - (1 << 23)) * 0x1p-21f;
    uint8_t* at = bytes.data() + i * bytesOf(storage);
    if (storage == kStoreF32) std::memcpy(at, &x, 4);
    if (storage == kStoreF64) {
      const double wide = x;
      std::memcpy(at, &wide, 8);
    }
    if (storage == kStoreI32) {
      const auto whole = static_cast<int32_t>(x * 100);
      std::memcpy(at, &whole, 4);
    }
    if (storage == kStoreBool) *at = (state >> 20) & 1;
    if (storage == kStoreU8) *at = static_cast<uint8_t>(state >> 16);
  }
  return bytes;
}

struct Memory {
  std::vector<std::vector<uint8_t>> inputs, outputs;
};

Memory makeMemory(const ProgramSpec& spec) {
  Memory m;
  const int64_t room = roomOf(spec);
  for (size_t i = 0; i < spec.inputs.size(); ++i)
    m.inputs.push_back(contents(spec.inputs[i].storage, static_cast<uint32_t>(i + 1), room));
  for (const OperandSpec& out : spec.outputs) {
    m.outputs.emplace_back(static_cast<size_t>((room + 2 * kGuard) * bytesOf(out.storage)), uint8_t{0xa5});
  }
  return m;
}

// The argument bytes of the program over this memory.
std::vector<uint64_t> assemble(const ProgramSpec& spec, Memory& m, const KernelTable& kernels) {
  const size_t inputsAt = sizeof(PointwiseArgs);
  const size_t stepsAt = inputsAt + spec.inputs.size() * sizeof(TileInput);
  const size_t outputsAt = stepsAt + spec.steps.size() * sizeof(TileStep);
  const size_t bytes = outputsAt + spec.outputs.size() * sizeof(TileOutput);
  std::vector<uint64_t> storage((bytes + 7) / 8);
  auto* p = reinterpret_cast<TileProgram*>(storage.data());
  p->rank = static_cast<int32_t>(spec.dims.size());
  p->count = 1;
  for (size_t d = 0; d < spec.dims.size(); ++d) {
    p->dims[d] = spec.dims[d];
    p->count *= spec.dims[d];
  }
  p->inputCount = static_cast<int32_t>(spec.inputs.size());
  p->stepCount = static_cast<int32_t>(spec.steps.size());
  p->outputCount = static_cast<int32_t>(spec.outputs.size());
  p->registerCount = spec.registers;
  p->inputs = static_cast<int32_t>(inputsAt);
  p->steps = static_cast<int32_t>(stepsAt);
  p->outputs = static_cast<int32_t>(outputsAt);
  for (const OperandSpec& o : spec.inputs) p->wide = p->wide || o.lane == kLaneF64;
  for (size_t i = 0; i < spec.inputs.size(); ++i) {
    const OperandSpec& o = spec.inputs[i];
    TileInput& input = tileInputs(p)[i];
    input.data = m.inputs[i].data() + (kGuard + o.offset) * bytesOf(o.storage);
    input.storage = o.storage;
    input.lane = o.lane;
    input.under = -1;
    for (size_t d = 0; d < o.strides.size(); ++d) input.stride[d] = o.strides[d];
  }
  for (size_t i = 0; i < spec.steps.size(); ++i) {
    const StepSpec& s = spec.steps[i];
    tileSteps(p)[i] = {kernels.pointwise[s.code][s.lane], s.dst, s.a, s.b, s.c};
  }
  for (size_t i = 0; i < spec.outputs.size(); ++i) {
    const OperandSpec& o = spec.outputs[i];
    TileOutput& output = tileOutputs(p)[i];
    output.data = m.outputs[i].data() + (kGuard + o.offset) * bytesOf(o.storage);
    output.storage = o.storage;
    output.lane = o.lane;
    output.reg = spec.outputRegisters[i];
    for (size_t d = 0; d < o.strides.size(); ++d) output.stride[d] = o.strides[d];
  }
  noteAccess(p);
  return storage;
}

void run(const CallPlan& plan, bool backwards) {
  for (int i = 0; i < plan.count; ++i) {
    std::vector<double> scratch(plan.calls[i].scratch / 8 + 16);
    auto* aligned = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(scratch.data()) + 63) & ~uintptr_t{63});
    for (int64_t k = 0; k < plan.calls[i].tiles; ++k) {
      const int64_t tile = backwards ? plan.calls[i].tiles - 1 - k : k;
      plan.calls[i].run(plan.calls[i].args, tile, tile + 1, aligned);
    }
  }
}

Memory execute(const ProgramSpec& spec, const KernelTable& kernels, bool backwards = false) {
  const FloatMode mode;
  Memory m = makeMemory(spec);
  const std::vector<uint64_t> args = assemble(spec, m, kernels);
  CallPlan plan{};
  kernels.planPointwise(reinterpret_cast<const PointwiseArgs*>(args.data()), &plan);
  run(plan, backwards);
  return m;
}

std::vector<int64_t> dense(const std::vector<int64_t>& dims) {
  std::vector<int64_t> strides(dims.size());
  int64_t step = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    strides[d] = step;
    step *= dims[d];
  }
  return strides;
}

const OperandSpec f32(std::vector<int64_t> strides, int64_t offset = 0) {
  return {kStoreF32, kLaneF32, std::move(strides), offset};
}

std::vector<ProgramSpec> programs() {
  std::vector<ProgramSpec> list;
  for (int64_t n : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 255, 256, 257, 1000}) {
    for (int64_t offset : {0, 1, 3}) {
      list.push_back({"a * b + a",
                      {n},
                      {f32({1}, offset), f32({1})},
                      {{kMul, kLaneF32, 2, 0, 1, -1}, {kAdd, kLaneF32, 2, 2, 0, -1}},
                      {f32({1}, offset)},
                      {2},
                      3});
    }
    list.push_back(
        {"compare and choose",
         {n},
         {f32({1}), f32({0}), {kStoreBool, kLaneMask, {1}}},
         {{kLess, kLaneF32, 3, 0, 1, -1}, {kLogicalAnd, kLaneMask, 3, 3, 2, -1}, {kWhere, kLaneF32, 4, 3, 0, 1}},
         {f32({1}), {kStoreBool, kLaneMask, {1}}},
         {4, 3},
         5});
    list.push_back({"bytes to numbers",
                    {n},
                    {{kStoreU8, kLaneI32, {1}}},
                    {{kCastF32, kLaneI32, 1, 0, -1, -1}},
                    {f32({1})},
                    {1},
                    2});
    list.push_back({"numbers to bytes",
                    {n},
                    {f32({1})},
                    {{kCastU8, kLaneF32, 1, 0, -1, -1}},
                    {{kStoreU8, kLaneI32, {1}}},
                    {1},
                    2});
    list.push_back({"wide",
                    {n},
                    {{kStoreF64, kLaneF64, {1}}, {kStoreF32, kLaneF64, {0}}, {kStoreBool, kLaneF64, {1}}},
                    {{kMul, kLaneF64, 3, 0, 1, -1}, {kWhere, kLaneF64, 3, 2, 3, 0}},
                    {{kStoreF64, kLaneF64, {1}}, {kStoreF32, kLaneF64, {1}}},
                    {3, 3},
                    4});
  }
  for (const auto& [rows, columns] :
       std::vector<std::array<int64_t, 2>>{{5, 7}, {7, 8}, {3, 16}, {16, 17}, {5, 300}, {61, 1025}}) {
    const OperandSpec whole = f32({columns, 1}), row = f32({0, 1});
    const std::vector<int64_t> dims = {rows, columns};
    list.push_back({"bias", dims, {whole, row}, {{kAdd, kLaneF32, 2, 0, 1, -1}}, {whole}, {2}, 3});
    list.push_back({"relu(x + bias)",
                    dims,
                    {whole, row},
                    {{kAdd, kLaneF32, 2, 0, 1, -1}, {kRelu, kLaneF32, 2, 2, -1, -1}},
                    {whole},
                    {2},
                    3});
    list.push_back(
        {"relu's gradient", dims, {whole, whole}, {{kReluGradient, kLaneF32, 2, 1, 0, -1}}, {whole}, {2}, 3});
  }
  const ProgramSpec sum = {"", {}, {}, {{kAdd, kLaneF32, 2, 0, 1, -1}}, {}, {2}, 3};
  const auto add = [&](const char* name, std::vector<int64_t> dims, OperandSpec a, OperandSpec b,
                       std::vector<int64_t> out = {}) {
    ProgramSpec spec = sum;
    spec.name = name;
    spec.dims = dims;
    spec.inputs = {std::move(a), std::move(b)};
    spec.outputs = {f32(out.empty() ? dense(dims) : out)};
    list.push_back(spec);
  };
  add("row and column", {17, 3}, f32({1, 0}), f32({0, 1}));
  add("bias of long rows", {5, 300}, f32({300, 1}), f32({0, 1}));
  add("column of long rows", {5, 300}, f32({300, 1}), f32({1, 0}));
  add("transposed", {33, 20}, f32({1, 33}), f32({20, 1}));
  add("flipped", {10, 7}, f32({-7, -1}, 69), f32({7, 1}));
  add("sliced", {8, 9}, f32({24, 2}, 3), f32({9, 1}));
  add("written apart", {6, 5}, f32({5, 1}), f32({0, 0}), {32, 4});
  add("one element", {}, f32({}), f32({}));
  add("rank 8", {2, 3, 1, 2, 2, 3, 2, 5}, f32({1, 2, 0, 6, 12, 24, 72, 144}), f32({0, 1, 0, 0, 3, 0, 6, 0}));
  return list;
}

// More than the caches hold: inputs asked for ahead, outputs written past the caches.
std::vector<ProgramSpec> farPrograms() {
  return {{"far: a * b + a and a * b",
           {2'100'003},
           {f32({1}, 3), f32({1})},
           {{kMul, kLaneF32, 2, 0, 1, -1}, {kAdd, kLaneF32, 3, 2, 0, -1}},
           {f32({1}, 1), f32({1})},
           {3, 2},
           4},
          {"far: rows that are no whole lines, masks",
           {1'700, 2'001},
           {f32({2'001, 1}), f32({0, 1}), {kStoreBool, kLaneMask, {2'001, 1}}},
           {{kLess, kLaneF32, 3, 0, 1, -1}, {kLogicalAnd, kLaneMask, 3, 3, 2, -1}, {kWhere, kLaneF32, 4, 3, 0, 1}},
           {f32({2'001, 1}, 5), {kStoreBool, kLaneMask, {2'001, 1}}},
           {4, 3},
           5},
          {"far: a copy", {4'200'000}, {f32({1}, 1)}, {}, {f32({1}, 2)}, {0}, 1}};
}

void compare(const std::vector<ProgramSpec>& specs) {
  const KernelTable& reference = *kernelsNamed("reference");
  for (const ProgramSpec& spec : specs) {
    const Memory expected = execute(spec, reference);
    for (const char* const* name = availableKernels(); *name; ++name) {
      for (bool backwards : {false, true}) {
        const Memory actual = execute(spec, *kernelsNamed(*name), backwards);
        check(actual.outputs == expected.outputs, std::string(*name) + ": " + spec.name);
      }
    }
  }
}

void againstReference() { compare(programs()); }
void farAgainstReference() { compare(farPrograms()); }

// Output o in the memory of input o, as when an update is written in place: the same as elsewhere.
void sameInPlace(const ProgramSpec& spec, const KernelTable& kernels, const char* name) {
  const Memory expected = execute(spec, kernels);
  Memory m = makeMemory(spec);
  const FloatMode mode;
  const std::vector<uint64_t> args = assemble(spec, m, kernels);
  auto* p = reinterpret_cast<TileProgram*>(const_cast<uint64_t*>(args.data()));
  for (int16_t o = 0; o < p->outputCount; ++o) {
    tileOutputs(p)[o].data = const_cast<void*>(tileInputs(p)[o].data);
    tileInputs(p)[o].under = o;
  }
  noteAccess(p);
  CallPlan plan{};
  kernels.planPointwise(reinterpret_cast<const PointwiseArgs*>(args.data()), &plan);
  run(plan, false);
  for (size_t o = 0; o < m.inputs.size(); ++o) {
    const uint8_t *got = m.inputs[o].data(), *wanted = expected.outputs[o].data();
    check(std::memcmp(got + kGuard * 4, wanted + kGuard * 4, 4000) == 0, name);
  }
}

void inPlace() {
  ProgramSpec spec = {"",
                      {1000},
                      {f32({1}), f32({1})},
                      {{kMul, kLaneF32, 2, 0, 1, -1}, {kAdd, kLaneF32, 3, 2, 0, -1}},
                      {f32({1}), f32({1})},
                      {},
                      4};
  // The first step may write over input 1, which nobody reads behind it, but not over input 0.
  const std::vector<int16_t> registers[] = {{3, 2}, {2, 3}};
  for (const char* const* name = availableKernels(); *name; ++name) {
    for (const auto& outputs : registers) {
      spec.outputRegisters = outputs;
      sameInPlace(spec, *kernelsNamed(*name), *name);
    }
  }
}

}  // namespace

Tests kernelTileTests() {
  return {{"kernels: tile programs against the reference", againstReference},
          {"kernels: tile programs over more memory than the caches hold", farAgainstReference},
          {"kernels: tile programs in place", inPlace}};
}

}  // namespace slalom::test
