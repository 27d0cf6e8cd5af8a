#include "huge_pages.h"

#include <iterator>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace slalom {

namespace {

constexpr int kKeptPages = 2;  // empty ones: what one run takes and gives back the next one finds

size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

constexpr size_t kMostSmallPage = size_t{64} << 10;  // of any processor

}  // namespace

size_t hugeBytes(size_t bytes) {
  const size_t pages = roundUp(bytes, kMostSmallPage), whole = roundUp(pages, kHugePage);
  return whole - pages <= whole / 4 ? whole : pages;
}

#if defined(__linux__)
void* mapHuge(size_t bytes) {
  const size_t wanted = hugeBytes(bytes);
  void* const mapped = mmap(nullptr, wanted + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  uint8_t* const begin = static_cast<uint8_t*>(mapped);
  const size_t before = kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage;
  uint8_t* const memory = begin + before;
  munmap(begin, before);
  if (before < kHugePage) munmap(memory + wanted, kHugePage - before);
  madvise(memory, wanted, MADV_HUGEPAGE);
  return memory;
}

void unmapHuge(void* memory, size_t bytes) { munmap(memory, hugeBytes(bytes)); }

void offerHuge(void* memory, size_t bytes) { madvise(memory, hugeBytes(bytes), MADV_FREE); }
#else
void* mapHuge(size_t) { return nullptr; }
void unmapHuge(void*, size_t) {}
void offerHuge(void*, size_t) {}
#endif

HugePagePool::~HugePagePool() {
  for (const auto& [at, bytes] : free_) {
    if (bytes == kHugePage) unmapHuge(reinterpret_cast<void*>(at), kHugePage);
  }
}

void HugePagePool::add(Place at, size_t bytes) {
  free_.emplace(at, bytes);
  bySize_.emplace(bytes, at);
  if (bytes == kHugePage) emptyPages_++;
}

void HugePagePool::remove(Place at, size_t bytes) {
  free_.erase(at);
  bySize_.erase({bytes, at});
  if (bytes == kHugePage) emptyPages_--;
}

void* HugePagePool::take(size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bySize_.lower_bound({bytes, 0}) == bySize_.end()) {
    void* const page = mapHuge(kHugePage);
    if (!page) return nullptr;
    add(reinterpret_cast<Place>(page), kHugePage);
  }
  const auto [size, at] = *bySize_.lower_bound({bytes, 0});
  remove(at, size);
  if (size > bytes) add(at + bytes, size - bytes);
  return reinterpret_cast<void*>(at);
}

void HugePagePool::giveBack(void* memory, size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto begin = reinterpret_cast<Place>(memory);
  Place end = begin + bytes;
  const auto after = free_.lower_bound(begin);
  if (after != free_.begin()) {
    const auto [at, size] = *std::prev(after);
    if (at + size == begin && begin % kHugePage != 0) {
      begin = at;
      remove(at, size);
    }
  }
  const auto behind = free_.find(end);
  if (behind != free_.end() && end % kHugePage != 0) {
    const auto [at, size] = *behind;
    end += size;
    remove(at, size);
  }
  if (end - begin == kHugePage && emptyPages_ == kKeptPages)
    return unmapHuge(reinterpret_cast<void*>(begin), kHugePage);
  add(begin, end - begin);
}

}  // namespace slalom
