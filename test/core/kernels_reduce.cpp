// Reductions of every variant against the reference: the same bits, since the order of every sum is
// part of the contract; and tasks in any order.
#include <cmath>
#include <cstring>

#include "kernels/args.h"
#include "suites.h"

namespace slalom::test {

namespace {

// What the values are, of x.
enum Prologue { kPlain, kSquare, kMagnitude };

struct ReduceCase {
  int64_t outer, length, inner;
  ReduceKind kind;
  Lane lane;
  Prologue prologue;
};

int64_t bytesOf(Lane lane) { return lane == kLaneF64 ? 8 : lane == kLaneMask ? 1 : 4; }

Storage storageOf(Lane lane) {
  return lane == kLaneF32 ? kStoreF32 : lane == kLaneI32 ? kStoreI32 : lane == kLaneF64 ? kStoreF64 : kStoreBool;
}

std::vector<uint8_t> contents(Lane lane, int64_t count) {
  std::vector<uint8_t> bytes(static_cast<size_t>(count * bytesOf(lane)));
  uint32_t state = 12345;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    const float x = static_cast<float>(static_cast<int32_t>(state >> 8) - (1 << 23)) * 0x1p-20f;
    uint8_t* at = bytes.data() + i * bytesOf(lane);
    const auto whole = static_cast<int32_t>(x * 1000);
    const double wide = x;
    if (lane == kLaneF32) std::memcpy(at, &x, 4);
    if (lane == kLaneI32) std::memcpy(at, &whole, 4);
    if (lane == kLaneF64) std::memcpy(at, &wide, 8);
    if (lane == kLaneMask) *at = (state >> 20) % 7 == 0;
  }
  return bytes;
}

std::vector<uint8_t> reduce(const ReduceCase& c, const KernelTable& kernels, bool backwards) {
  const int64_t count = c.outer * c.length * c.inner;
  const int steps = c.prologue == kPlain ? 0 : 1;
  std::vector<uint8_t> x = contents(c.lane, count);
  const bool position = c.kind >= kReduceArgMax;
  const int64_t outBytes = position ? 4 : bytesOf(c.lane);
  std::vector<uint8_t> out(static_cast<size_t>(c.outer * c.inner * outBytes + 16), 0xa5);
  alignas(16) uint8_t bytes[sizeof(ReduceArgs) + sizeof(TileProgram) + sizeof(TileInput) + sizeof(TileStep)] = {};
  auto* args = reinterpret_cast<ReduceArgs*>(bytes);
  auto* p = reinterpret_cast<TileProgram*>(bytes + sizeof(ReduceArgs));
  *args = {out.data(),
           nullptr,
           c.outer,
           c.length,
           c.inner,
           c.kind,
           position ? kStoreI32 : storageOf(c.lane),
           c.lane,
           static_cast<int16_t>(steps),
           static_cast<int32_t>(sizeof(ReduceArgs))};
  p->rank = 1;
  p->dims[0] = p->count = count;
  p->inputCount = 1;
  p->stepCount = steps;
  p->registerCount = 1 + steps;
  p->inputs = sizeof(TileProgram);
  p->steps = p->outputs = sizeof(TileProgram) + sizeof(TileInput);
  p->wide = c.lane == kLaneF64;
  *tileInputs(p) = {x.data(), {1}, storageOf(c.lane), c.lane, -1, {}, {}};
  noteAccess(p);
  if (c.prologue == kSquare) *tileSteps(p) = {kernels.pointwise[kMul][c.lane], 1, 0, 0, -1};
  if (c.prologue == kMagnitude) *tileSteps(p) = {kernels.pointwise[kAbs][c.lane], 1, 0, -1, -1};
  CallPlan plan{};
  kernels.planReduce(args, &plan);
  std::vector<double> workspace(plan.workspace / 8 + 16);
  args->workspace = workspace.data();
  const FloatMode mode;
  for (int i = 0; i < plan.count; ++i) {
    std::vector<double> scratch(plan.calls[i].scratch / 8 + 16);
    for (int64_t k = 0; k < plan.calls[i].tiles; ++k) {
      const int64_t tile = backwards ? plan.calls[i].tiles - 1 - k : k;
      plan.calls[i].run(plan.calls[i].args, tile, tile + 1, scratch.data());
    }
  }
  return out;
}

void sameBitsAsReference() {
  const int64_t shapes[][3] = {{1, 1, 1},     {3, 7, 1},     {5, 16, 1},    {2, 33, 1},    {1, 4096, 1},
                               {1, 4097, 1},  {1, 6147, 1},  {2, 20000, 1}, {1, 37000, 1}, {100, 10, 1},
                               {4, 5, 3},     {1, 128, 512}, {2, 300, 65},  {1, 9000, 3},  {3, 4, 1},
                               {1, 5000, 70}, {0, 5, 1},     {7, 0, 1},     {2, 0, 3}};
  for (const auto& s : shapes) {
    for (Lane lane : {kLaneF32, kLaneI32, kLaneF64, kLaneMask}) {
      for (int kind = kReduceSum; kind <= kReduceArgMin; ++kind) {
        const bool logical = kind == kReduceAny || kind == kReduceAll;
        if (logical != (lane == kLaneMask)) continue;
        if (kind >= kReduceArgMax && s[1] == 0) continue;
        for (Prologue prologue : {kPlain, kSquare, kMagnitude}) {
          if (prologue != kPlain && lane == kLaneMask) continue;
          const ReduceCase c = {s[0], s[1], s[2], static_cast<ReduceKind>(kind), lane, prologue};
          const auto expected = reduce(c, *kernelsNamed("reference"), false);
          for (const char* const* name = availableKernels(); *name; ++name) {
            const std::string what = std::string(*name) + ": kind " + std::to_string(kind) + ", lane " +
                                     std::to_string(lane) + ", [" + std::to_string(s[0]) + ", " + std::to_string(s[1]) +
                                     ", " + std::to_string(s[2]) + "]";
            check(reduce(c, *kernelsNamed(*name), false) == expected, what);
            check(reduce(c, *kernelsNamed(*name), true) == expected, what + " backwards");
          }
        }
      }
    }
  }
}

}  // namespace

Tests kernelReduceTests() { return {{"kernels: reductions have the bits of the reference", sameBitsAsReference}}; }

}  // namespace slalom::test
