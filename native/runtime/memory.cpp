#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace slalom {

namespace {

constexpr size_t kLine = 64;

size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

#if defined(_WIN32)
void* allocateLines(size_t bytes) { return _aligned_malloc(bytes, kLine); }
void releaseLines(void* memory) { _aligned_free(memory); }
#else
void* allocateLines(size_t bytes) { return std::aligned_alloc(kLine, bytes); }
void releaseLines(void* memory) { std::free(memory); }
#endif

#if defined(__linux__)
constexpr size_t kHugePage = size_t{2} << 20;

// Where rounding up to huge pages wastes no more than a quarter.
bool isLarge(size_t bytes) {
  const size_t whole = roundUp(bytes, kHugePage);
  return whole - bytes <= whole / 4;
}

void* allocateLarge(size_t bytes) {
  const size_t whole = roundUp(bytes, kHugePage);
  void* const mapped = mmap(nullptr, whole + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  uint8_t* const begin = static_cast<uint8_t*>(mapped);
  const size_t before = kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage;
  uint8_t* const memory = begin + before;
  munmap(begin, before);
  if (before < kHugePage) munmap(memory + whole, kHugePage - before);
  madvise(memory, whole, MADV_HUGEPAGE);
  return memory;
}

void releaseLarge(void* memory, size_t bytes) { munmap(memory, roundUp(bytes, kHugePage)); }
#else
bool isLarge(size_t) { return false; }
void* allocateLarge(size_t) { return nullptr; }
void releaseLarge(void*, size_t) {}
#endif

}  // namespace

void* allocateMemory(size_t bytes) {
  return isLarge(bytes) ? allocateLarge(bytes) : allocateLines(roundUp(bytes, kLine));
}

void* allocateZeroed(size_t bytes) {
  void* const memory = allocateMemory(bytes);
  if (memory && !isLarge(bytes)) std::memset(memory, 0, bytes);
  return memory;
}

void releaseMemory(void* memory, size_t bytes) { isLarge(bytes) ? releaseLarge(memory, bytes) : releaseLines(memory); }

}  // namespace slalom
