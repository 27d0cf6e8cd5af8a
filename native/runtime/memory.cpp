#include "memory.h"

#include <cstdlib>
#include <cstring>

#include "huge_pages.h"
#include "kept_blocks.h"

namespace slalom {

namespace {

constexpr size_t kLine = 64;

// The address sanitizer looks for what is written beside a block, and must know each.
#if defined(__linux__) && !defined(SLALOM_ASAN)
constexpr size_t kWorthHugePages = size_t{64} << 10;
#else
constexpr size_t kWorthHugePages = SIZE_MAX;
#endif

size_t wholeLines(size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

#if defined(_WIN32)
void* allocateLines(size_t bytes) { return _aligned_malloc(wholeLines(bytes), kLine); }
void releaseLines(void* memory) { _aligned_free(memory); }
#else
void* allocateLines(size_t bytes) { return std::aligned_alloc(kLine, wholeLines(bytes)); }
void releaseLines(void* memory) { std::free(memory); }
#endif

// Blocks outlive everything but the process.
HugePagePool& pool() {
  static HugePagePool* const pages = new HugePagePool;
  return *pages;
}
KeptBlocks& keptBlocks() {
  static KeptBlocks* const blocks = new KeptBlocks(size_t{128} << 20);
  return *blocks;
}

}  // namespace

void* allocateMemory(size_t bytes) {
  if (bytes < kWorthHugePages) return allocateLines(bytes);
  if (bytes < kHugePage) return pool().take(wholeLines(bytes));
  void* const kept = keptBlocks().find(bytes);
  return kept ? kept : mapHuge(bytes);
}

void* allocateZeroed(size_t bytes) {
  const bool mayBeFresh = bytes >= kWorthHugePages && bytes >= kHugePage;
  void* const used = mayBeFresh ? keptBlocks().find(bytes) : allocateMemory(bytes);
  if (used) return std::memset(used, 0, bytes);
  return mayBeFresh ? mapHuge(bytes) : nullptr;
}

void releaseMemory(void* memory, size_t bytes) {
  if (bytes < kWorthHugePages) return releaseLines(memory);
  bytes < kHugePage ? pool().giveBack(memory, wholeLines(bytes)) : keptBlocks().giveBack(memory, bytes);
}

}  // namespace slalom
