// Which op of a refused step went non-finite first.
#pragma once

#include <optional>

#include "instance.h"

namespace slalom {

struct NonFinite {
  std::string op, path, type;
  bool nan;  // else an infinity
};

// Runs the computing steps of an unfused instance, looking at every result.
std::optional<NonFinite> findNonFinite(Instance& unfused, ThreadPool& pool);

}  // namespace slalom
