#include <atomic>
#include <thread>

#include "runtime/engine.h"
#include "runtime/short_slices.h"
#include "suites.h"

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace slalom::test {

namespace {

// Nanoseconds; 0 where the system does not say.
uint64_t slice() {
#if defined(__linux__) && defined(SYS_sched_getattr)
  uint64_t attributes[6] = {};
  if (syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0) == 0) return attributes[3];
#endif
  return 0;
}

// Where the system has none, all of them are 0.
void shortWhileOneLives() {
  const uint64_t usual = slice();
  uint64_t first, inner, second, inEngine = 0;
  {
    const ShortSlices slices;
    first = slice();
    {
      const ShortSlices again;
      inner = slice();
    }
    second = slice();
    Engine engine;
    std::atomic<bool> done{false};
    engine.post([&] {
      inEngine = slice();
      done = true;
    });
    while (!done) std::this_thread::yield();
  }
  check(first <= usual && first == inner && first == second, "as long as one lives");
  checkEqual(inEngine, usual);
  checkEqual(slice(), usual);
}

void othersKeepTheirs() {
  const uint64_t usual = slice();
  uint64_t there = 0, here = 0;
  std::atomic<bool> looked{false};
  std::thread other([&] {
    const ShortSlices slices;
    there = slice();
    while (!looked) std::this_thread::yield();
  });
  here = slice();
  looked = true;
  other.join();
  checkEqual(here, usual);
  check(there <= usual);
}

}  // namespace

Tests sliceTests() {
  return {{"slices: short while one lives", shortWhileOneLives},
          {"slices: other threads keep theirs", othersKeepTheirs}};
}

}  // namespace slalom::test
