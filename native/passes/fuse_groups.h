// Which nodes run in one pass over memory.
#pragma once

#include "dataflow.h"

namespace slalom {

// Nodes that become one kernel: pointwise ones, and at most one host: a product whose epilogue
// they are, or a reduction whose prologue they are.
struct FuseGroup {
  std::vector<int32_t> members;  // node indices, ascending; a reduction is the last
  int32_t host = -1;
  Shape space;  // iteration space of the region
};

struct Grouping {
  std::vector<int32_t> groupOf;  // per node; -1 for views and sources
  std::vector<FuseGroup> groups;
};

Grouping groupNodes(const Graph& g, const Dataflow& flow);

}  // namespace slalom
