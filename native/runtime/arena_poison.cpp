#include "arena_poison.h"

#if defined(SLALOM_ASAN)

#include <sanitizer/asan_interface.h>

namespace slalom {

ArenaPoison::ArenaPoison(const Program& program)
    : bytes_(program.arenaBytes), births_(program.steps.size() + 1), deaths_(program.steps.size() + 1) {
  const auto end = static_cast<int32_t>(program.steps.size());
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::arena || buffer.bytes == 0) continue;
    if (buffer.firstStep > buffer.lastStep || buffer.firstStep > end) continue;
    births_[static_cast<size_t>(buffer.firstStep)].push_back({buffer.offset, buffer.bytes});
    if (buffer.lastStep < end) deaths_[static_cast<size_t>(buffer.lastStep)].push_back({buffer.offset, buffer.bytes});
  }
}

void ArenaPoison::begin(uint8_t* arena) const {
  if (bytes_ > 0) __asan_poison_memory_region(arena, static_cast<size_t>(bytes_));
  before(arena, 0);
}

void ArenaPoison::before(uint8_t* arena, size_t step) const {
  for (const Range& r : births_[step]) __asan_unpoison_memory_region(arena + r.offset, static_cast<size_t>(r.bytes));
}

void ArenaPoison::after(uint8_t* arena, size_t step) const {
  for (const Range& r : deaths_[step]) __asan_poison_memory_region(arena + r.offset, static_cast<size_t>(r.bytes));
}

void ArenaPoison::end(uint8_t* arena) const {
  if (bytes_ > 0) __asan_unpoison_memory_region(arena, static_cast<size_t>(bytes_));
}

}  // namespace slalom

#endif
