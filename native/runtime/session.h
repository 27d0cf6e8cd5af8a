// A run over in-memory columns: chunks of training or evaluation steps, on whatever thread calls.
#pragma once

#include "batches.h"
#include "function.h"

namespace slalom {

struct SessionProgram {
  int64_t batch;
  std::shared_ptr<const Program> program;
  CheckedProgram checked;
};

struct SessionOptions {
  std::vector<SessionProgram> programs;
  Variables variables;
  BatchOptions data;
  int32_t scalars = 0;  // f32 scalar arguments after the columns, given per step
  bool lease = false;
};

struct RunSpec {
  int64_t epoch, batch, steps;
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

class Session {
 public:
  // Throws Error when programs, variables and columns do not fit, or a variable is leased.
  explicit Session(SessionOptions options);
  ~Session();

  RunResult run(const RunSpec& spec);  // one at a time
  void abort() { abort_ = true; }
  std::vector<Array> snapshot() const;
  void close();  // gives the leases back

 private:
  struct Bound {
    int64_t batch;
    Instance instance;
    CheckedProgram checked;
  };

  void checkProgram(const Program& program, int64_t batch) const;
  void prepare();
  Bound& boundFor(int64_t rows);
  void bindScalars(Instance& instance, const RunSpec& spec, int64_t step);
  void addOutputs(const Instance& instance, double* sums) const;
  Refusal explain(Bound& bound, const RunSpec& spec, int64_t step, int64_t epoch, int64_t batch);

  SessionOptions options_;
  Batches batches_;
  std::shared_ptr<ThreadPool> pool_;
  Arena arena_;
  std::vector<std::unique_ptr<Bound>> bound_;
  std::vector<float> scalars_;
  size_t outputCount_ = 0;
  AbortFlag abort_{false};
  bool leased_ = false;
};

}  // namespace slalom
