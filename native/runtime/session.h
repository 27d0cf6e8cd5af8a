// A run over in-memory columns: chunks of training or evaluation steps, on whatever thread calls.
#pragma once

#include "batches.h"
#include "feed.h"
#include "function.h"
#include "run.h"
#include "snapshots.h"

namespace slalom {

struct SessionOptions {
  std::vector<SessionProgram> programs;  // none: they come with `open`
  Variables variables;
  std::vector<Array> columns;  // rows along axis 0; none where every batch is fresh
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
  // The programs of a session that was made without, before its first run. Throws Error as the
  // constructor does; then the session keeps its leases and can only be closed.
  void open(std::vector<SessionProgram> programs);
  // With leases: takes the memory that the first chunk would take, while nobody waits for it.
  void settle();
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
  // Gives back the memory of its programs and its columns; nothing may run afterwards.
  void discard();

  const Variables& variables() const { return states_.variables(); }
  int64_t bytes() const;  // of temporary memory, about; while nothing is running

 private:
  // One batch size, or one shape of fresh batches.
  struct Bound {
    Bound(const SessionProgram& p, Arena& arena)
        : batch(p.batch), program(p.program), checked(p.checked), instance(p.program, arena) {}
    int64_t batch;
    std::shared_ptr<const Program> program;
    CheckedProgram checked;
    Instance instance;
    std::unique_ptr<Feed> feed;
    bool linked = false;
    int64_t usedBy = 0;  // the last chunk that needed it
  };

  // One step's program and rows.
  struct Place {
    Bound* bound;
    const int32_t* rows;      // in the columns
    const FreshBatch* fresh;  // null: the session's own columns
    int64_t epoch, batch;
  };

  void checkProgram(const Program& program, int64_t batch, const std::vector<Array>& columns) const;
  void checkSpec(const RunSpec& spec) const;
  void checkRows(const RunSpec& spec) const;
  void bindScalars(Instance& instance, size_t columns);
  Bound& add(const SessionProgram& program, const std::vector<Array>& columns, bool inOrder);
  Bound& boundFor(int64_t rows);
  Bound* boundFor(const Program* program);
  void bindFresh(const std::vector<FreshBatch>& batches);
  Place locate(const RunSpec& spec, int64_t step, int64_t epoch, int64_t batch);
  const std::vector<Array>& columnsOf(const Place& place) const;
  std::vector<const Program*> programs() const;
  // Null for pinned variables, that nobody writes.
  std::unique_ptr<States::Hold> prepare();
  Instance::Outcome runStep(const Place& place);
  // A refused step by the unfused program; the refusal if that refuses it too.
  Instance::Outcome repeat(const Place& place, RunResult& result);
  int64_t dataRow(const Place& place, int64_t position) const;

  SessionOptions options_;
  States states_;
  const KernelTable& kernels_;
  std::unique_ptr<Batches> batches_;  // null: every batch is fresh
  std::vector<int32_t> inOrder_;      // 0, 1, 2, …
  int64_t chunks_ = 0;
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
