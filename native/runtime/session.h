// A run over in-memory columns: chunks of training or evaluation steps, on whatever thread calls.
#pragma once

#include "batches.h"
#include "feed.h"
#include "function.h"
#include "run.h"
#include "snapshots.h"

namespace slalom {

struct SessionProgram {
  int64_t batch;
  std::shared_ptr<const Program> program;
  CheckedProgram checked;
};

struct SessionOptions {
  std::vector<SessionProgram> programs;
  Variables variables;
  std::vector<Array> columns;  // rows along axis 0
  BatchOptions data;
  int32_t scalars = 0;  // f32 scalar arguments after the columns, given per step
  bool lease = false;
  bool pin = false;  // programs that only read variables keep them as they are at the start
};

class Session {
 public:
  // Throws Error when programs, variables and columns do not fit, or when it wants the leases and
  // somebody has one. Without leases it may work inside another's run: their chunks take turns.
  explicit Session(SessionOptions options);
  ~Session() { close(); }

  // One chunk, one at a time. Throws Error on a data fault, naming the row.
  RunResult run(const RunSpec& spec);

  // Ends the run in progress before its next commit, and every later one before its first. Any thread.
  void abort() { abort_ = true; }

  // Copies of the variables between two steps of the run in progress, or in the next call of run or
  // takeSnapshots. Any thread.
  void requestSnapshot(Snapshots::Taker taker) { snapshots_.request(std::move(taker)); }
  void takeSnapshots();

  // Gives the leases back; nothing may be running.
  void close();

  int64_t bytes() const;  // of temporary memory, about

 private:
  // One batch size.
  struct Bound {
    Bound(const SessionProgram& p, Arena& arena) : batch(p.batch), checked(p.checked), instance(p.program, arena) {}
    int64_t batch;
    CheckedProgram checked;
    Instance instance;
    std::unique_ptr<Feed> feed;
  };

  void checkProgram(const Program& program, int64_t batch) const;
  void checkSpec(const RunSpec& spec) const;
  void bindScalars(Instance& instance);
  Bound& boundFor(int64_t rows);
  std::vector<const Program*> programs() const;
  // Null for pinned variables, that nobody writes.
  std::unique_ptr<States::Hold> prepare();
  Instance::Outcome runStep(Bound& bound, int64_t epoch, int64_t batch);
  Refusal explain(Bound& bound, int64_t epoch, int64_t batch);
  int64_t dataRow(const Program& program, int64_t position, int64_t epoch, int64_t batch);

  SessionOptions options_;
  States states_;
  const KernelTable& kernels_;
  Batches batches_;
  std::shared_ptr<ThreadPool> pool_;
  Arena arena_;
  std::vector<std::unique_ptr<Bound>> bound_;
  std::vector<float> scalars_;  // of the step at hand
  Snapshots snapshots_;
  AbortFlag abort_{false};
  bool leased_ = false;
  std::shared_ptr<const Pin> pin_;
};

}  // namespace slalom
