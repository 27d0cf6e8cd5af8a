// How many threads compute. Never changes a result.
#pragma once

namespace slalom {

constexpr int kMaxThreads = 256;

// Threads that may compute one job, the caller included.
int threadCount();
void setThreadCount(int count);
// SLALOM_THREADS, else the least of the affinity mask, the cgroup's quota and the cores.
int defaultThreadCount();

}  // namespace slalom
