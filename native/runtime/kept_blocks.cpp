#include "kept_blocks.h"

#include <algorithm>

#include "huge_pages.h"

namespace slalom {

KeptBlocks::~KeptBlocks() {
  for (const Kept& kept : kept_) unmapHuge(kept.memory, kept.bytes);
}

void* KeptBlocks::find(size_t bytes) {
  const size_t wanted = hugeBytes(bytes);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Kept& kept) { return kept.bytes == wanted; });
  if (found == kept_.rend()) {
    shrinkTo(wanted < held_ ? held_ - wanted : 0);
    return nullptr;
  }
  void* const memory = found->memory;
  held_ -= wanted;
  kept_.erase(std::next(found).base());
  return memory;
}

void KeptBlocks::giveBack(void* memory, size_t bytes) {
  const size_t given = hugeBytes(bytes);
  if (given > most_) return unmapHuge(memory, given);
  offerHuge(memory, given);
  const std::lock_guard<std::mutex> lock(mutex_);
  shrinkTo(most_ - given);
  kept_.push_back({memory, given});
  held_ += given;
}

void KeptBlocks::shrinkTo(size_t most) {
  auto first = kept_.begin();
  for (; first != kept_.end() && held_ > most; ++first) {
    unmapHuge(first->memory, first->bytes);
    held_ -= first->bytes;
  }
  kept_.erase(kept_.begin(), first);
}

}  // namespace slalom
