// Pointwise as a kernel: straight code where there is some, else the interpreter.
#pragma once

#include "straight_layers.inl"

namespace slalom {
namespace VARIANT {
namespace {

struct KernelList {
  KernelFn all[(sizeof StraightPrograms::kAll + sizeof StraightLayers::kAll) / sizeof(KernelFn) + 1];
};

// Of straight code; null-terminated.
constexpr KernelList listStraight() {
  KernelList list = {};
  KernelFn* next = list.all;
  for (const KernelFn run : StraightPrograms::kAll) *next++ = run;
  for (const KernelFn run : StraightLayers::kAll) *next++ = run;
  return list;
}

constexpr KernelList kStraight = listStraight();

// The straight code of a program, or null. Layers have none that writes past the caches.
KernelFn straightCode(const TileProgram& p) {
  const KernelFn rule = StraightPrograms::find(p);
  return rule || p.far ? rule : StraightLayers::find(p);
}

void runPointwise(const void* args, int64_t begin, int64_t end, void* scratch) {
  const TileProgram& p = static_cast<const PointwiseArgs*>(args)->program;
  const int64_t each = elementsPerTask(p);
  const int64_t last = end * each < p.count ? end * each : p.count;
  runTileRange(p, begin * each, last, scratch);
}

void planPointwise(const PointwiseArgs* args, CallPlan* plan) {
  const TileProgram& p = args->program;
  if (p.wide) return reference::planPointwise(args, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (p.count == 0) return;
  const int64_t each = elementsPerTask(p);
  const int64_t tasks = (p.count + each - 1) / each;
  const KernelFn straight = straightCode(p);
  plan->calls[plan->count++] =
      straight ? Call{straight, args, tasks, 0} : Call{runPointwise, args, tasks, tileScratchBytes(p)};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
