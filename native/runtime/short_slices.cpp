#include "short_slices.h"

#include <cstdint>

#if defined(__linux__)
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>
#endif

namespace slalom {

#if defined(__linux__) && defined(SYS_sched_getattr) && defined(SYS_sched_setattr)

namespace {

// Nanoseconds. The usual slice is 0.7 ms times one and the logarithm of the processors.
constexpr uint64_t kShort = 300000;

// As sched_setattr(2) says; glibc has it from 2.41 on.
struct Attributes {
  uint32_t size = 48, policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0, deadline = 0, period = 0;
};

bool isFiltered() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "Seccomp:") return !(status >> word) || word != "0";
  }
  return true;
}

bool read(Attributes& attributes) {
  static const bool filtered = isFiltered();
  return !filtered && syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0 &&
         attributes.policy == SCHED_OTHER && attributes.runtime > 0;
}

void setSlice(uint64_t runtime) {
  Attributes now;
  if (!read(now)) return;
  now.runtime = runtime;
  now.flags &= 1;  // SCHED_FLAG_RESET_ON_FORK stays; the others say what to change besides
  syscall(SYS_sched_setattr, 0, &now, 0);
}

thread_local int alive = 0;
thread_local uint64_t before = 0;  // 0: nothing was changed

}  // namespace

ShortSlices::ShortSlices() {
  if (alive++ > 0) return;
  Attributes found;
  before = read(found) && found.runtime > kShort ? found.runtime : 0;
  if (before > 0) setSlice(kShort);
}

ShortSlices::~ShortSlices() {
  if (--alive == 0 && before > 0) setSlice(before);
}

void useUsualSlices() {
  Attributes found;
  if (read(found) && found.runtime == kShort) setSlice(0);
}

#else

ShortSlices::ShortSlices() = default;
ShortSlices::~ShortSlices() = default;
void useUsualSlices() {}

#endif

}  // namespace slalom
