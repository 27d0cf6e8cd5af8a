// Which memory each value is made in: arguments, variables, constants, packs; the rest goes to
// the arena.
#pragma once

#include "plan_layouts.h"

namespace slalom {

// What the memory plan works on.
struct PlanContext {
  const Graph& g;
  const Schedule& s;
  std::vector<ValueLayout> layouts;
  std::vector<int32_t> positions;  // per node, in the schedule
  MemoryPlan& plan;

  const ValueLayout& layout(ValueId v) const { return layouts[static_cast<size_t>(v)]; }
  ValueId root(ValueId v) const { return layout(v).root; }
  const Node& node(int32_t index) const { return g.nodes[static_cast<size_t>(index)]; }
  int32_t position(ValueId v) const { return positions[static_cast<size_t>(g.values[static_cast<size_t>(v)].node)]; }
  int64_t elementSize(ValueId v) const { return sizeOf(g.type(v).dtype); }
  int64_t bytes(ValueId v) const { return g.type(v).bytes(); }
  bool isWhole(ValueId v) const { return layout(v).whole(g.type(root(v)).shape.size()); }
  int32_t addBuffer(BufferKind kind, int64_t bytes, int64_t offset, int32_t index);
};

struct Homes {
  std::vector<BufferRef> of;      // per root value; invalid = arena
  std::vector<bool> inPlace;      // per commit: its value is made in the target's memory
  std::vector<bool> overwritten;  // per buffer: a commit writes into it
  BufferRef at(ValueId root) const { return of[static_cast<size_t>(root)]; }
};

// Adds arguments, variables, constants and packs to the plan.
Homes planHomes(PlanContext& c);

// Whether a root is the old contents of variables that some commit overwrites.
bool isOverwritten(const PlanContext& c, const Homes& homes, ValueId root);

}  // namespace slalom
