#pragma once

#include "passes.h"

namespace slalom {

// The loop of a kLoop node whose body is planned.
LoopSpec lowerLoop(const Graph& g, int32_t node, const MemoryPlan& m);

// "matmul + add + maximum": a node and what is fused into it.
std::string opText(const Node& node);

}  // namespace slalom
