// Offsets of temporary buffers in one block of memory.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace slalom {

class ArenaAllocator {
 public:
  explicit ArenaAllocator(int64_t gap) : gap_(gap), top_(gap) {}

  // A 64-byte aligned offset, from the smallest free range that fits. Avoids, where a range has
  // room, a start 0 to 64 bytes after one of `sources` modulo 4,096: a store there makes loads a
  // page away wait for it.
  int64_t allocate(int64_t bytes, const std::vector<int64_t>& sources);
  void release(int64_t offset, int64_t bytes);
  int64_t size() const { return size_; }

 private:
  // An empty value takes a line too, so that every buffer has a place of its own.
  int64_t padded(int64_t bytes) const { return (bytes < 1 ? 64 : (bytes + 63) / 64 * 64) + gap_; }
  void addFree(int64_t offset, int64_t bytes);
  void removeFree(int64_t offset);
  int64_t take(int64_t rangeStart, int64_t start, int64_t bytes);

  int64_t gap_, top_, size_ = 0;
  std::map<int64_t, int64_t> freeByOffset_;
  std::set<std::pair<int64_t, int64_t>> freeBySize_;  // (bytes, offset)
};

}  // namespace slalom
