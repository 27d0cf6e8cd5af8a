// What a session is asked to run and what comes back: see RunSpec and RunResult of binding.ts.
#pragma once

#include <optional>
#include <vector>

#include "check.h"

namespace slalom {

struct RunSpec {
  int64_t epoch = 0, batch = 0, steps = 0;
  std::vector<float> scalars;  // one row, or one for each step
  bool perStep = false;
};

struct EpochSums {
  int64_t epoch, steps, rows;
  std::vector<double> sums;
};

struct Refusal {
  int64_t epoch, batch;
  std::optional<NonFinite> found;
  std::vector<int32_t> rows;
};

enum class Stop { done, aborted, refused };

struct RunResult {
  int64_t steps = 0;
  Stop stop = Stop::done;
  std::vector<EpochSums> epochs;
  std::vector<double> perStep;
  std::optional<Refusal> refusal;
  double seconds = 0;
};

}  // namespace slalom
