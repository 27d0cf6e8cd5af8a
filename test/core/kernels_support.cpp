#include "kernels_support.h"

#include <cstdio>

namespace slalom::test {

std::vector<const KernelTable*> kernelTables(Which which) {
  std::vector<const KernelTable*> tables;
  for (const char* const* name = availableKernels(); *name; ++name) {
    const bool reference = std::strcmp(*name, "reference") == 0, baseline = std::strcmp(*name, "baseline") == 0;
    if (which != Which::all && reference) continue;
    if (which == Which::sameBits && baseline) continue;
    tables.push_back(kernelsNamed(*name));
  }
  return tables;
}

void runPlan(const CallPlan& plan, Order order) {
  const FloatMode mode;
  for (int i = 0; i < plan.count; ++i) {
    const Call& call = plan.calls[i];
    std::vector<uint8_t> memory(call.scratch + 64, uint8_t{0xff});
    void* scratch = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    if (order == Order::whole) {
      call.run(call.args, 0, call.tiles, scratch);
      continue;
    }
    for (int64_t tile = 0; tile < call.tiles; ++tile) {
      const int64_t at = order == Order::single ? tile : call.tiles - 1 - tile;
      call.run(call.args, at, at + 1, scratch);
    }
  }
}

uint64_t hashOf(const float* values, int64_t count) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits = 0x7fc00000;
    if (values[i] == values[i]) std::memcpy(&bits, values + i, 4);
    for (int byte = 0; byte < 4; ++byte) hash = (hash ^ (bits >> (8 * byte) & 255)) * 0x100000001b3ull;
  }
  return hash;
}

std::string hex(uint64_t hash) {
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace slalom::test
