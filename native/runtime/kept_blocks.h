// Blocks of whole huge pages that were given back, for whoever asks for as much again: to find new pages and to
// clear them costs the system several times what a kernel needs to fill them. For any thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace slalom {

class KeptBlocks {
 public:
  // No more than `most` bytes are kept; the system may take them when it needs memory.
  explicit KeptBlocks(size_t most) : most_(most) {}
  ~KeptBlocks();

  // At least a huge page; not zeroed. Null if there is none.
  void* take(size_t bytes);

  // What `take` or `mapHuge` gave for as many bytes.
  void giveBack(void* memory, size_t bytes);

 private:
  struct Kept {
    void* memory;
    size_t bytes;
  };

  // Leaves room for `bytes` more: the oldest go first.
  void shrink(size_t bytes);

  std::mutex mutex_;
  std::vector<Kept> kept_;  // the oldest first
  size_t held_ = 0;
  size_t most_;
};

}  // namespace slalom
