// What a session is asked to run and what comes back: see RunSpec and RunResult of binding.ts.
#pragma once

#include <optional>
#include <vector>

#include "check.h"
#include "function.h"

namespace slalom {

// One compiled batch size, and the graph to run again when the guard refuses a step.
struct SessionProgram {
  int64_t batch;
  std::shared_ptr<const Program> program;
  CheckedProgram checked;
};

// A batch that is not made of the session's columns: its rows are read where they lie.
struct FreshBatch {
  SessionProgram program;
  std::vector<Array> columns;
  int64_t first = 0;  // of its rows in the epoch, for messages
};

struct RunSpec {
  int64_t epoch = 0, batch = 0, steps = 0;
  std::vector<float> scalars;  // one row, or one for each step
  bool perStep = false;
  std::vector<double> sums;  // of the first epoch's steps before these; empty: there are none
  // At most one of these; they stand for the order of the session's own rows.
  std::vector<int32_t> order;     // rows of the columns, batchSize a step
  std::vector<FreshBatch> fresh;  // one a step
};

// Steps and rows of this run; sums with those that it was given.
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
