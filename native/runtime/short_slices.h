// Lets the event loop's thread in soon while other threads compute. Where all processors are busy, Linux
// leaves a thread that wakes waiting for the next tick, 4 ms, unless it asked for shorter slices than the
// one that runs (EEVDF, Linux 6.12). Its share of the time stays what it was. See docs/decisions/0011.
#pragma once

namespace slalom {

// Short slices for the thread that makes it, while one lives; the same thread destroys it. Does nothing
// where the system has no such thing, where the thread has a policy of its own, and under a seccomp
// filter, which may kill a process that asks.
class ShortSlices {
 public:
  ShortSlices();
  ~ShortSlices();
  ShortSlices(const ShortSlices&) = delete;
  ShortSlices& operator=(const ShortSlices&) = delete;
};

// For a thread that computes: not those of the thread that started it.
void useUsualSlices();

}  // namespace slalom
