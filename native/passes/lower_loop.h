#pragma once

#include "passes.h"

namespace slalom {

// The loop of a kLoop node whose body is planned.
LoopSpec lowerLoop(const Graph& g, int32_t node, const MemoryPlan& m);

}  // namespace slalom
