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

  // One of at least a huge page that was given back, as it is. Null if there is none: then as much of the others goes
  // to the system as will be taken from it instead.
  void* find(size_t bytes);

  // What `find` or `mapHuge` gave for as many bytes.
  void giveBack(void* memory, size_t bytes);

 private:
  struct Kept {
    void* memory;
    size_t bytes;
  };

  // To the system, the oldest first, until no more than `most` bytes are left.
  void shrinkTo(size_t most);

  std::mutex mutex_;
  std::vector<Kept> kept_;  // the oldest first
  size_t held_ = 0;
  size_t most_;
};

}  // namespace slalom
