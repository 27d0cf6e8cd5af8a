// A place in a program's memory, before addresses are known.
#pragma once

#include <cstdint>

namespace slalom {

// Byte offset inside one of the program's buffers.
struct BufferRef {
  int32_t buffer = -1;
  int64_t offset = 0;
  bool valid() const { return buffer >= 0; }
  bool operator==(const BufferRef& other) const { return buffer == other.buffer && offset == other.offset; }
};

}  // namespace slalom
