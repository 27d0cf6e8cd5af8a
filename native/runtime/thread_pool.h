// The process's worker threads. A job is a number of tiles; whoever is free takes the next few from
// an atomic counter, the caller too, so a job finishes even if no worker ever comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "../kernels/table.h"
#include "thread_count.h"

namespace slalom {

class ThreadPool {
 public:
  // The pool of this process; it lives as long as somebody holds it.
  static std::shared_ptr<ThreadPool> shared();
  ThreadPool();
  ~ThreadPool();  // joins; nobody may be in run()
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Runs all tiles of a call on at most `threads` threads, the caller included, and returns when they
  // are done. `scratch` has `stride` bytes for each of them. Any number of threads may call at once; each
  // then gets its share of the threads. Tiles are taken in whole groups where pieces are that long or every thread gets
  // as many groups.
  void run(KernelFn kernel, const void* args, int64_t tiles, uint8_t* scratch, size_t stride, int threads,
           int64_t group = 1);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slalom
