// What memory allows: W1's parameters read once, a load for every cache line, as a prediction of one row must; and
// copies of the arrays of the larger softmaxes, which read and write as much as these; GB/s.
#include <cstring>

#include "suites.h"

namespace slalom::bench {

namespace {

struct Size {
  const char* name;
  int64_t count;
};

constexpr Size kRead = {"reading 535,818 (W1)", 535818};
constexpr Size kCopies[] = {{"copying 2048x1024", 2048 * 1024}, {"copying 32x32768", 32 * 32768}};

void read(const Bench& bench, const Size& size) {
  if (!bench.wants(size.name)) return;
  Memory memory;
  const volatile float* const x = memory.take(size.count);
  const Run run = repeat([=] {
    for (int64_t i = 0; i < size.count; i += 16) (void)x[i];
  });
  bench.measure({size.name, Unit::gigabytes, 4.0 * static_cast<double>(size.count), 0, {run}, {}, {}});
}

void copy(const Bench& bench, const Size& size) {
  if (!bench.wants(size.name)) return;
  Memory memory;
  const float* const x = memory.take(size.count);
  float* const y = memory.take(size.count);
  const Run run = repeat([=] { std::memcpy(y, x, static_cast<size_t>(size.count) * sizeof(float)); });
  bench.measure({size.name, Unit::gigabytes, 8.0 * static_cast<double>(size.count), 0, {run}, {}, {}});
}

}  // namespace

void bareMemory(const Bench& bench) {
  read(bench, kRead);
  for (const Size& size : kCopies) copy(bench, size);
}

}  // namespace slalom::bench
