#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "runtime/huge_pages.h"
#include "runtime/kept_blocks.h"
#include "runtime/memory.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr size_t kLine = 64;

bool hasHugePages() {
  void* const page = mapHuge(kHugePage);
  if (page) unmapHuge(page, kHugePage);
  return page != nullptr;
}

struct Piece {
  uint8_t* at;
  size_t bytes;
  uint8_t mark;
};

bool isMarked(const Piece& piece) {
  for (size_t i = 0; i < piece.bytes; i++) {
    if (piece.at[i] != piece.mark) return false;
  }
  return true;
}

// Pieces of any size come and go; nobody writes into those of others.
void churn(HugePagePool& pool, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Piece> pieces;
  for (int i = 0; i < 400; i++) {
    if (pieces.size() < 6 || random() % 2 == 0) {
      const size_t bytes = (1 + random() % 4096) * kLine;
      Piece piece{static_cast<uint8_t*>(pool.take(bytes)), bytes, static_cast<uint8_t>(random())};
      check(reinterpret_cast<uintptr_t>(piece.at) % kLine == 0);
      std::memset(piece.at, piece.mark, bytes);
      pieces.push_back(piece);
    } else {
      std::swap(pieces[random() % pieces.size()], pieces.back());
      check(isMarked(pieces.back()), "a piece is its owner's");
      pool.giveBack(pieces.back().at, pieces.back().bytes);
      pieces.pop_back();
    }
  }
  for (const Piece& piece : pieces) {
    check(isMarked(piece), "a piece is its owner's to the end");
    pool.giveBack(piece.at, piece.bytes);
  }
}

void piecesAreTheirOwners() {
  if (!hasHugePages()) return;
  HugePagePool pool;
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 3; seed++) threads.emplace_back([&pool, seed] { churn(pool, seed); });
  for (std::thread& thread : threads) thread.join();
}

// Whatever the order in which they come back, neighbours become one place again.
void piecesBecomeAPageAgain() {
  if (!hasHugePages()) return;
  constexpr size_t kQuarter = kHugePage / 4;
  int order[] = {0, 1, 2, 3};
  do {
    HugePagePool pool;
    void* quarters[4];
    for (void*& quarter : quarters) quarter = pool.take(kQuarter);
    checkEqual(quarters[3], static_cast<void*>(static_cast<uint8_t*>(quarters[0]) + 3 * kQuarter), "one page");
    for (const int i : order) pool.giveBack(quarters[i], kQuarter);
    void* const page = pool.take(kHugePage);
    checkEqual(page, quarters[0], "the same page, whole");
    pool.giveBack(page, kHugePage);
  } while (std::next_permutation(order, order + 4));
}

void theSmallestPlaceIsTaken() {
  if (!hasHugePages()) return;
  HugePagePool pool;
  const size_t sizes[] = {1024 * kLine, 64 * kLine, 512 * kLine, 64 * kLine};
  void* pieces[4];
  for (int i = 0; i < 4; i++) pieces[i] = pool.take(sizes[i]);
  pool.giveBack(pieces[0], sizes[0]);
  pool.giveBack(pieces[2], sizes[2]);
  void* const again = pool.take(500 * kLine);
  checkEqual(again, pieces[2]);
  pool.giveBack(again, 500 * kLine);
  pool.giveBack(pieces[1], sizes[1]);
  pool.giveBack(pieces[3], sizes[3]);
}

// Else giving back what a size takes would give back what lies behind it.
void whatASizeTakesTakesNoMore() {
  const size_t step = 4096 - 64;
  for (size_t bytes = 1; bytes < 8 * kHugePage; bytes += step) {
    const size_t taken = hugeBytes(bytes);
    check(taken >= bytes, std::to_string(bytes));
    checkEqual(hugeBytes(taken), taken, std::to_string(bytes));
  }
}

void blocksAreFoundAgain() {
  if (!hasHugePages()) return;
  KeptBlocks blocks(8 * kHugePage);
  void* const two = mapHuge(2 * kHugePage);
  void* const three = mapHuge(3 * kHugePage);
  check(!blocks.find(2 * kHugePage));
  std::memset(two, 1, 2 * kHugePage);
  blocks.giveBack(two, 2 * kHugePage);
  blocks.giveBack(three, 3 * kHugePage);
  checkEqual(blocks.find(2 * kHugePage), two);
  checkEqual(blocks.find(3 * kHugePage - 100), three, "as many pages");
  check(!blocks.find(2 * kHugePage), "a block has one owner");
  blocks.giveBack(two, 2 * kHugePage);
  blocks.giveBack(three, 3 * kHugePage - 100);
}

// So many pages, given back one after the other.
std::vector<void*> givePages(KeptBlocks& blocks, size_t count) {
  std::vector<void*> pages(count);
  for (void*& page : pages) page = mapHuge(kHugePage);
  for (void* const page : pages) blocks.giveBack(page, kHugePage);
  return pages;
}

// The first given back is the first to go.
void noMoreIsKeptThanAllowed() {
  if (!hasHugePages()) return;
  KeptBlocks blocks(4 * kHugePage);
  const std::vector<void*> pages = givePages(blocks, 5);
  for (const size_t i : {4u, 3u, 2u, 1u}) checkEqual(blocks.find(kHugePage), pages[i]);
  check(!blocks.find(kHugePage), "the oldest has gone");
  void* const larger = mapHuge(5 * kHugePage);
  blocks.giveBack(larger, 5 * kHugePage);
  check(!blocks.find(5 * kHugePage), "more than may be kept");
  for (const size_t i : {1u, 2u, 3u, 4u}) blocks.giveBack(pages[i], kHugePage);
}

void whatIsMadeAnewTakesThePlaceOfOthers() {
  if (!hasHugePages()) return;
  KeptBlocks blocks(4 * kHugePage);
  const std::vector<void*> pages = givePages(blocks, 4);
  check(!blocks.find(3 * kHugePage));
  checkEqual(blocks.find(kHugePage), pages[3], "the last one");
  check(!blocks.find(kHugePage));
  unmapHuge(pages[3], kHugePage);
}

// Blocks of any size come and go; nobody writes into those of others.
void churnBlocks(KeptBlocks& blocks, unsigned seed) {
  std::mt19937 random(seed);
  for (int i = 0; i < 60; i++) {
    const size_t bytes = (1 + random() % 3) * kHugePage;
    void* const kept = blocks.find(bytes);
    const Piece block{static_cast<uint8_t*>(kept ? kept : mapHuge(bytes)), bytes, static_cast<uint8_t>(random())};
    std::memset(block.at, block.mark, bytes);
    check(isMarked(block), "a block is its owner's");
    blocks.giveBack(block.at, bytes);
  }
}

void blocksAreTheirOwners() {
  if (!hasHugePages()) return;
  KeptBlocks blocks(6 * kHugePage);
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 3; seed++) threads.emplace_back([&blocks, seed] { churnBlocks(blocks, seed); });
  for (std::thread& thread : threads) thread.join();
}

// Also where dirty memory is used again.
void zeroedIsZero() {
  const size_t sizes[] = {1, 100, 70'000, 1'500'000, kHugePage - 1, kHugePage, kHugePage + 1, 2'143'296, 9'000'000};
  for (const size_t bytes : sizes) {
    for (int round = 0; round < 2; round++) {
      auto* const memory = static_cast<uint8_t*>(allocateZeroed(bytes));
      check(isMarked({memory, bytes, 0}), std::to_string(bytes) + " bytes");
      check(reinterpret_cast<uintptr_t>(memory) % kLine == 0);
      std::memset(memory, 0xa5, bytes);
      releaseMemory(memory, bytes);
    }
  }
}

}  // namespace

Tests memoryTests() {
  return {
      {"memory: pieces of pages are their owners', on several threads", piecesAreTheirOwners},
      {"memory: pieces that come back become a page again", piecesBecomeAPageAgain},
      {"memory: the smallest place that is large enough is taken", theSmallestPlaceIsTaken},
      {"memory: what a size takes takes no more", whatASizeTakesTakesNoMore},
      {"memory: blocks that were given back are found again", blocksAreFoundAgain},
      {"memory: the oldest blocks go where too much would be kept", noMoreIsKeptThanAllowed},
      {"memory: as much is made anew, as much goes of what is kept", whatIsMadeAnewTakesThePlaceOfOthers},
      {"memory: blocks are their owners', on several threads", blocksAreTheirOwners},
      {"memory: zeroed memory is zero, fresh or used", zeroedIsZero},
  };
}

}  // namespace slalom::test
