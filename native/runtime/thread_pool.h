// The process's worker threads. A job is a number of tiles; whoever is free takes the next one from
// an atomic counter, the caller too, so a job finishes even if no worker ever comes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "../kernels/table.h"

namespace slalom {

// Threads that may compute one job, the caller included.
int threadCount();
void setThreadCount(int count);
// SLALOM_THREADS, else the least of the affinity mask, the cgroup's quota and the cores.
int defaultThreadCount();

constexpr int kMaxThreads = 256;

class ThreadPool {
 public:
  // The pool of this process; it lives as long as somebody holds it.
  static std::shared_ptr<ThreadPool> shared();
  ThreadPool();
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Runs all tiles of a call and returns when they are done. `scratch` has `stride` bytes for each of
  // threadCount() threads.
  void run(KernelFn kernel, const void* args, int64_t tiles, uint8_t* scratch, size_t stride, int threads);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slalom
