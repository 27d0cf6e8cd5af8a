// The outputs of a chunk's steps: sums of every epoch in f64, in the order of the steps wherever chunks end, and
// every step's if wanted.
#pragma once

#include "run.h"

namespace slalom {

// Elements of all outputs of a program.
int64_t outputSize(const Program& program);

class Tally {
 public:
  Tally(RunResult& result, const RunSpec& spec, int64_t outputs);

  void add(const Instance& instance, int64_t epoch, int64_t rows);

 private:
  RunResult& result_;
  const bool perStep_;
  std::vector<double> sums_;  // of the next epoch so far
  std::vector<double> step_;  // of the step at hand
};

}  // namespace slalom
