// What the unfused program says of a refused step.
#pragma once

#include <optional>

#include "instance.h"

namespace slalom {

struct NonFinite {
  std::string op, path, type;
  bool nan;  // else an infinity
};

struct Verdict {
  Instance::Outcome outcome;       // done: the step was refused without need
  std::optional<NonFinite> found;  // where it is refused again: what went non-finite first
};

// The step once more, by an instance of the unfused program that is bound to the same state: a fused program may
// have guards that refuse too much (splitUpdates). If it is refused again, every result is looked at.
Verdict judge(Instance& unfused, ThreadPool& pool, const AbortFlag* abort);

}  // namespace slalom
