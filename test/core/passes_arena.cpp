// Offsets of the arena: whatever comes and goes, living blocks lie apart.
#include <map>

#include "passes/arena.h"
#include "suites.h"

namespace slalom::test {

namespace {

// Blocks of random sizes, each checked against its neighbours in memory.
void livingBlocksLieApart() {
  for (const int64_t gap : {0, 128}) {
    ArenaAllocator arena(gap);
    std::map<int64_t, int64_t> living;  // bytes by offset
    uint32_t state = 9;
    const auto next = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
    for (int round = 0; round < 4000; ++round) {
      if (living.size() > 30 || (!living.empty() && next() % 2 == 0)) {
        auto block = living.begin();
        std::advance(block, next() % living.size());
        arena.release(block->first, block->second);
        living.erase(block);
        continue;
      }
      const int64_t bytes = next() % 10 == 0 ? 0 : next() % 20000;
      const int64_t offset = arena.allocate(bytes, {static_cast<int64_t>(next() % 4096)});
      const auto [at, fresh] = living.emplace(offset, bytes);
      check(fresh && offset % 64 == 0 && offset >= gap, "an offset of its own, aligned, after the first gap");
      check(offset + bytes + gap <= arena.size(), "inside of the arena, a gap behind it");
      if (at != living.begin()) {
        const auto before = std::prev(at);
        check(before->first + before->second + gap <= offset, "after what lies before it");
      }
      if (std::next(at) != living.end()) check(offset + bytes + gap <= std::next(at)->first, "before what follows");
    }
  }
}

void freeNeighboursJoin() {
  ArenaAllocator arena(0);
  const int64_t a = arena.allocate(64, {}), b = arena.allocate(128, {}), c = arena.allocate(64, {});
  arena.allocate(64, {});
  arena.release(a, 64);
  arena.release(c, 64);
  arena.release(b, 128);
  checkEqual(arena.allocate(256, {}), a, "three that were freed serve one");
  checkEqual(arena.size(), int64_t{320});
}

// A store a few bytes after a load modulo a page makes the next load wait.
void keepsOffTheSourcesPage() {
  ArenaAllocator arena(0);
  const int64_t source = arena.allocate(4096, {});
  const int64_t beside = arena.allocate(64, {source});
  check((beside - source) % 4096 > 64, std::to_string(beside));
}

}  // namespace

Tests arenaTests() {
  return {{"arena: living blocks lie apart", livingBlocksLieApart},
          {"arena: free neighbours join", freeNeighboursJoin},
          {"arena: keeps off the source's page", keepsOffTheSourcesPage}};
}

}  // namespace slalom::test
