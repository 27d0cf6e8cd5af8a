// Under AddressSanitizer, the bytes of an arena that hold no live value are poisoned, so that a
// kernel which reads a dead value or writes beyond its own is caught. Otherwise nothing.
#pragma once

#include "program.h"

namespace slalom {

#if defined(SLALOM_ASAN)

class ArenaPoison {
 public:
  explicit ArenaPoison(const Program& program);
  // Before a run: only what lives before the first step may be touched.
  void begin(uint8_t* arena) const;
  void before(uint8_t* arena, size_t step) const;
  void after(uint8_t* arena, size_t step) const;
  // Gives the whole arena back to whoever lent it.
  void end(uint8_t* arena) const;

 private:
  struct Range {
    int64_t offset, bytes;
  };
  int64_t bytes_;
  std::vector<std::vector<Range>> births_, deaths_;  // per step
};

#else

class ArenaPoison {
 public:
  explicit ArenaPoison(const Program&) {}
  void begin(uint8_t*) const {}
  void before(uint8_t*, size_t) const {}
  void after(uint8_t*, size_t) const {}
  void end(uint8_t*) const {}
};

#endif

}  // namespace slalom
