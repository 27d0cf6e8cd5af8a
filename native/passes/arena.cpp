#include "arena.h"

#include <algorithm>

namespace slalom {

namespace {

constexpr int64_t kPage = 4096, kLine = 64;
constexpr int kTries = 8;  // free ranges looked at before the arena grows

bool aliases(int64_t offset, const std::vector<int64_t>& sources) {
  return std::any_of(sources.begin(), sources.end(), [&](int64_t source) {
    const int64_t after = ((offset - source) % kPage + kPage) % kPage;
    return after <= kLine;
  });
}

// The first good start at or after `offset`. With few sources there is always one near.
int64_t placeFrom(int64_t offset, const std::vector<int64_t>& sources) {
  for (int64_t start = offset; start < offset + kPage; start += kLine) {
    if (!aliases(start, sources)) return start;
  }
  return offset;
}

}  // namespace

int64_t ArenaAllocator::allocate(int64_t bytes, const std::vector<int64_t>& sources) {
  const int64_t needed = padded(bytes);
  int tries = 0;
  for (auto it = freeBySize_.lower_bound({needed, 0}); it != freeBySize_.end() && tries < kTries; ++it, ++tries) {
    const int64_t range = it->second, start = placeFrom(range, sources);
    if (start + needed <= range + it->first) return take(range, start, needed);
  }
  // The last free range may be the beginning of what the arena grows by.
  int64_t range = top_;
  if (!freeByOffset_.empty()) {
    const auto last = std::prev(freeByOffset_.end());
    if (last->first + last->second == top_) range = last->first;
  }
  const int64_t start = placeFrom(range, sources);
  if (start + needed > top_) {
    const int64_t grown = start + needed - top_;
    addFree(top_, grown);
    top_ += grown;
  }
  size_ = std::max(size_, start + needed);
  return take(range, start, needed);
}

void ArenaAllocator::release(int64_t offset, int64_t bytes) { addFree(offset, padded(bytes)); }

int64_t ArenaAllocator::take(int64_t rangeStart, int64_t start, int64_t bytes) {
  const int64_t rangeBytes = freeByOffset_.at(rangeStart);
  removeFree(rangeStart);
  if (start > rangeStart) addFree(rangeStart, start - rangeStart);
  const int64_t rest = rangeStart + rangeBytes - (start + bytes);
  if (rest > 0) addFree(start + bytes, rest);
  return start;
}

void ArenaAllocator::addFree(int64_t offset, int64_t bytes) {
  auto next = freeByOffset_.lower_bound(offset);
  if (next != freeByOffset_.end() && offset + bytes == next->first) {
    bytes += next->second;
    removeFree(next->first);
    next = freeByOffset_.lower_bound(offset);
  }
  if (next != freeByOffset_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      const int64_t start = before->first;
      bytes += before->second;
      removeFree(start);
      offset = start;
    }
  }
  freeByOffset_[offset] = bytes;
  freeBySize_.emplace(bytes, offset);
}

void ArenaAllocator::removeFree(int64_t offset) {
  const auto range = freeByOffset_.find(offset);
  freeBySize_.erase({range->second, offset});
  freeByOffset_.erase(range);
}

}  // namespace slalom
