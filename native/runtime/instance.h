// A program bound to memory: its own copy of the arguments, addresses filled in.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "block.h"
#include "program.h"
#include "thread_pool.h"

namespace slalom {

// What ends a run between two kernels, before its commits.
using AbortFlag = std::atomic<bool>;

// Temporary memory that several instances may share, one run at a time.
struct Arena {
  std::shared_ptr<Block> block;
  std::shared_ptr<Block> scratch;  // Program::scratchBytes for each of `threads`
  int threads = 0;
  size_t stride = 0;

  // Makes room for a program; earlier instances must be bound again if this returns true.
  bool reserve(const Program& program, int threads);
};

// After every step of a checked run; true stops it.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual bool afterStep(const Label& label, const class Instance& instance) = 0;
};

class Instance {
 public:
  Instance(std::shared_ptr<const Program> program, Arena& arena);

  const Program& program() const { return *program_; }
  uint8_t* address(BufferRef ref) const { return bases_[static_cast<size_t>(ref.buffer)] + ref.offset; }

  // Sets where a buffer lies; link() makes it count.
  void setBuffer(int32_t buffer, uint8_t* data) { bases_[static_cast<size_t>(buffer)] = data; }
  // The arena's addresses, after it has grown.
  void setArena();
  void link();                    // every pointer
  void relink(int32_t buffer);    // the pointers into one buffer

  enum class Outcome { done, aborted, refused };
  // Compute, then the guards, then the commits. Throws Error on a data fault.
  Outcome run(ThreadPool& pool, const AbortFlag* abort);
  // The computing steps alone, watched; for finding out why a guard refused.
  void observe(ThreadPool& pool, StepObserver& observer);

 private:
  bool runSteps(const std::vector<Step>& steps, size_t begin, size_t end, ThreadPool& pool, const AbortFlag* abort,
                StepObserver* observer);
  bool runLoop(size_t index, ThreadPool& pool, const AbortFlag* abort, StepObserver* observer);
  uint8_t* place(const LoopPlace& place, const Instance& body, int64_t iteration) const;
  void clearFaults();
  void throwOnFault() const;
  bool guardsHold() const;

  std::shared_ptr<const Program> program_;
  Arena& arena_;
  std::vector<uint64_t> blob_;
  std::vector<uint8_t*> bases_;
  std::shared_ptr<Block> zeroed_;
  std::vector<std::vector<uint32_t>> pointersInto_;  // per buffer: indices of relocations
  std::vector<std::unique_ptr<Instance>> bodies_;    // one per loop
};

}  // namespace slalom
