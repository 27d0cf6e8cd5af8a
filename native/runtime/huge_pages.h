// Memory on huge pages, where the system has them: to find where a small page lies costs a virtual machine as much
// as reading a few lines of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace slalom {

constexpr size_t kHugePage = size_t{2} << 20;

// What `mapHuge` takes for so many bytes, and for that: whole huge pages where they waste no more than a quarter.
size_t hugeBytes(size_t bytes);

// At least `bytes` from the system, all zeros, from a multiple of `kHugePage` on; null if there is none.
void* mapHuge(size_t bytes);

// What `mapHuge` gave for as many bytes.
void unmapHuge(void* memory, size_t bytes);

// The same, which the system may take, and clear, until somebody writes there again.
void offerHuge(void* memory, size_t bytes);

// Pieces of huge pages, several to a page: the smallest free place that is large enough. For any thread.
class HugePagePool {
 public:
  ~HugePagePool();

  // Of a multiple of 64 bytes, at most a page; not zeroed. Null if there is none.
  void* take(size_t bytes);

  // What `take` gave for as many bytes. Pages that nobody has a piece of go back to the system, but for a few.
  void giveBack(void* memory, size_t bytes);

 private:
  using Place = uintptr_t;

  void add(Place at, size_t bytes);
  void remove(Place at, size_t bytes);

  std::mutex mutex_;
  std::map<Place, size_t> free_;               // none of them reaches into another page
  std::set<std::pair<size_t, Place>> bySize_;  // the same
  int emptyPages_ = 0;
};

}  // namespace slalom
