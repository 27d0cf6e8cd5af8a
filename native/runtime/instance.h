// A program bound to memory: its own copy of the arguments, addresses filled in.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "arena_poison.h"
#include "block.h"
#include "thread_pool.h"

namespace slalom {

// What ends a run between two kernels, before its commits.
using AbortFlag = std::atomic<bool>;

// Temporary memory that several instances may share, one run at a time.
struct Arena {
  std::shared_ptr<Block> block;
  std::shared_ptr<Block> scratch;  // `stride` bytes for each of `threads`
  int threads = 0;
  size_t stride = 0;

  // Makes room for a program; earlier instances must be linked again if this returns true.
  bool reserve(const Program& program, int threads);
};

// Watches a run between its nodes.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  // True stops the run.
  virtual bool afterNode(const Label& label, const class Instance& instance) = 0;
  // After the copies of a loop, before and after each iteration of its body.
  virtual void afterCopies(const Label&, const Instance&) {}
};

class Instance {
 public:
  Instance(std::shared_ptr<const Program> program, Arena& arena);

  const Program& program() const { return *program_; }
  const std::shared_ptr<const Program>& share() const { return program_; }
  uint8_t* address(BufferRef ref) const { return bases_[static_cast<size_t>(ref.buffer)] + ref.offset; }

  // Points a buffer (an argument or a state block) at its memory.
  void bind(int32_t buffer, uint8_t* data);
  // A buffer of the arena that was bound elsewhere lies there again.
  void bindToArena(int32_t buffer);
  // Takes the arena's present addresses; before the first run, and after it has grown.
  void link();

  enum class Outcome { done, aborted, refused };
  // Computes, tests the guards, commits. A refused run has written nothing yet: what the guard does not
  // hold back follows with commitUnguarded. Throws Error on a data fault.
  Outcome run(ThreadPool& pool, const AbortFlag* abort, StepObserver* observer = nullptr);
  void commitUnguarded(ThreadPool& pool, StepObserver* observer = nullptr);
  // The results of an instance that has the same ones, but for those that lie in variables, which both have.
  void takeOutputs(const Instance& from);
  // The computing steps alone, watched; for finding out why a guard refused.
  void observe(ThreadPool& pool, StepObserver& observer);

 private:
  // What a run has at hand.
  struct Hands {
    ThreadPool& pool;
    const AbortFlag* abort;
    StepObserver* observer;
  };

  bool runSteps(size_t begin, size_t end, const Hands& hands);
  void runCall(const CallStep& call, ThreadPool& pool, int threads);
  bool runLoop(const Step& step, const Hands& hands);
  void bindLoop(const LoopSpec& loop, Instance& body, int64_t iteration, bool all);
  void copyAll(const std::vector<LoopCopy>& copies, const Instance& body, int64_t iteration) const;
  void linkPointers();
  void relink(int32_t buffer);
  const Label& labelOf(const Step& step) const { return program_->labels[static_cast<size_t>(step.call.label)]; }
  bool isLastOfNode(size_t step, size_t end) const;
  void clearFaults();
  void throwOnFault() const;
  bool guardsHold() const;

  std::shared_ptr<const Program> program_;
  Arena& arena_;
  std::vector<uint64_t> blob_;
  std::vector<uint8_t*> bases_;  // per buffer
  std::shared_ptr<Block> zeroed_;
  std::vector<std::vector<uint32_t>> pointersInto_;  // per buffer: indices of relocations
  std::vector<std::unique_ptr<Instance>> bodies_;    // one per loop
  uint8_t* arenaBase_ = nullptr;                     // of a loop's body: inside the outer program's arena
  ArenaPoison poison_;
};

}  // namespace slalom
