#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/engine.h"
#include "runtime/thread_pool.h"
#include "suites.h"

namespace slalom::test {

namespace {

struct Visits {
  explicit Visits(int64_t tiles) : counts(static_cast<size_t>(tiles)) {}
  std::vector<std::atomic<int>> counts;
};

void visit(const void* args, int64_t begin, int64_t end, void*) {
  auto& visits = *static_cast<Visits*>(const_cast<void*>(args));
  for (int64_t t = begin; t < end; ++t) ++visits.counts[static_cast<size_t>(t)];
}

bool onceEach(const Visits& visits) {
  for (const auto& count : visits.counts) {
    if (count != 1) return false;
  }
  return true;
}

void everyTileOnce() {
  ThreadPool pool;
  for (const int threads : {1, 2, 3, 8}) {
    for (const int64_t tiles : {int64_t{1}, int64_t{2}, int64_t{7}, int64_t{1000}}) {
      Visits visits(tiles);
      pool.run(visit, &visits, tiles, nullptr, 0, threads);
      check(onceEach(visits), std::to_string(tiles) + " tiles on " + std::to_string(threads) + " threads");
    }
  }
}

struct Pieces {
  std::mutex mutex;
  std::vector<std::pair<int64_t, int64_t>> taken;
};

void notePiece(const void* args, int64_t begin, int64_t end, void*) {
  auto& pieces = *static_cast<Pieces*>(const_cast<void*>(args));
  const std::lock_guard<std::mutex> lock(pieces.mutex);
  pieces.taken.emplace_back(begin, end);
}

// Where pieces are as long as a group, or both threads get as many; the last one of all may be a part of it.
void piecesAreGroups() {
  ThreadPool pool;
  for (const int64_t tiles : {int64_t{72}, int64_t{100}, int64_t{101}, int64_t{7}, int64_t{18}}) {
    for (const int64_t group : {int64_t{1}, int64_t{3}, int64_t{9}, int64_t{64}}) {
      const bool whole = tiles / 8 >= group || tiles % (2 * group) == 0;
      Pieces pieces;
      pool.run(notePiece, &pieces, tiles, nullptr, 0, 2, group);
      std::sort(pieces.taken.begin(), pieces.taken.end());
      const std::string which = std::to_string(tiles) + " tiles in groups of " + std::to_string(group);
      int64_t at = 0;
      for (const auto& [begin, end] : pieces.taken) {
        check(begin == at, which + ": every tile once");
        check(!whole || begin % group == 0, which + ": whole groups");
        at = end;
      }
      check(at == tiles, which + ": all of them");
    }
  }
}

// Writes its own bytes, reads them back.
void useScratch(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* mine = static_cast<uint8_t*>(scratch);
  for (int64_t t = begin; t < end; ++t) {
    for (int i = 0; i < 64; ++i) mine[i] = static_cast<uint8_t>(t);
    for (int i = 0; i < 64; ++i) {
      if (mine[i] != static_cast<uint8_t>(t)) *static_cast<std::atomic<bool>*>(const_cast<void*>(args)) = true;
    }
  }
}

void scratchIsPrivate() {
  ThreadPool pool;
  alignas(64) uint8_t scratch[4 * 64];
  std::atomic<bool> disturbed{false};
  for (int round = 0; round < 200; ++round) pool.run(useScratch, &disturbed, 100, scratch, 64, 4);
  check(!disturbed);
}

struct Nested {
  ThreadPool& pool;
  std::vector<std::unique_ptr<Visits>> inner;
};

// A tile that is a job of its own.
void runInside(const void* args, int64_t begin, int64_t end, void*) {
  const auto& nested = *static_cast<const Nested*>(args);
  for (int64_t t = begin; t < end; ++t)
    nested.pool.run(visit, nested.inner[static_cast<size_t>(t)].get(), 50, nullptr, 0, 3);
}

void jobsInsideOfJobs() {
  ThreadPool pool;
  for (int round = 0; round < 50; ++round) {
    Nested nested{pool, {}};
    for (int t = 0; t < 6; ++t) nested.inner.push_back(std::make_unique<Visits>(50));
    pool.run(runInside, &nested, 6, nullptr, 0, 3);
    for (const auto& visits : nested.inner) check(onceEach(*visits));
  }
}

void theNumberOfThreadsMayChange() {
  ThreadPool pool;
  for (int round = 0; round < 100; ++round) {
    Visits visits(64);
    pool.run(visit, &visits, 64, nullptr, 0, 1 + round * 5 % 9);
    check(onceEach(visits));
  }
}

// What tiles write is the caller's to read once run returns, without any lock of its own.
void writeTile(const void* args, int64_t begin, int64_t end, void*) {
  auto* out = *static_cast<int64_t* const*>(args);
  for (int64_t t = begin; t < end; ++t) out[t] = t + 1;
}

void resultsAreTheCallers() {
  ThreadPool pool;
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> out(100);
    int64_t* const data = out.data();
    pool.run(writeTile, &data, 100, nullptr, 0, 4);
    for (size_t t = 0; t < out.size(); ++t) check(out[t] == static_cast<int64_t>(t) + 1);
  }
}

void manyCallersAtOnce() {
  ThreadPool pool;
  std::vector<std::thread> callers;
  std::atomic<int> bad{0};
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        Visits visits(37);
        pool.run(visit, &visits, 37, nullptr, 0, 3);
        if (!onceEach(visits)) ++bad;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  checkEqual(bad.load(), 0);
}

struct Held {
  std::atomic<int> inside{0};
  std::atomic<bool> released{false};
};

void hold(const void* args, int64_t, int64_t, void*) {
  auto& held = *static_cast<Held*>(const_cast<void*>(args));
  ++held.inside;
  while (!held.released) std::this_thread::yield();
}

void countCalls(const void* args, int64_t, int64_t, void*) {
  ++*static_cast<std::atomic<int>*>(const_cast<void*>(args));
}

// Beside one that has not ended: two threads are one for each of them, four are two.
void callersShareTheThreads() {
  ThreadPool pool;
  Held held;
  std::thread other([&] { pool.run(hold, &held, 2, nullptr, 0, 2); });
  while (held.inside == 0) std::this_thread::yield();
  std::atomic<int> calls{0};
  pool.run(countCalls, &calls, 100, nullptr, 0, 2);
  checkEqual(calls.load(), 1);
  Visits visits(100);
  pool.run(visit, &visits, 100, nullptr, 0, 4);
  check(onceEach(visits));
  held.released = true;
  other.join();
  // The wait may have made the pool run jobs on their callers for a moment.
  for (int round = 0; round < 1000 && calls.load() == 1; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    calls = 0;
    pool.run(countCalls, &calls, 100, nullptr, 0, 2);
  }
  check(calls.load() > 1, "the threads are free again");
}

// Every other pool has workers that still look for a job when it ends.
void poolsComeAndGo() {
  for (int round = 0; round < 50; ++round) {
    ThreadPool pool;
    Visits visits(9);
    if (round % 2 == 0) pool.run(visit, &visits, 9, nullptr, 0, 4);
  }
  const auto first = ThreadPool::shared();
  check(first == ThreadPool::shared(), "one for the process");
}

void engineRunsInOrder() {
  std::vector<int> seen;
  {
    Engine engine;
    std::atomic<bool> done{false};
    for (int i = 0; i < 20; ++i) engine.post([&seen, i] { seen.push_back(i); });
    engine.post([&] { done = true; });
    while (!done) std::this_thread::yield();
  }
  checkEqual(seen.size(), size_t{20});
  check(std::is_sorted(seen.begin(), seen.end()));
}

void engineDropsWhatWaits() {
  std::atomic<int> ran{0};
  {
    Engine engine;
    std::atomic<bool> started{false};
    engine.post([&] {
      started = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++ran;
    });
    while (!started) std::this_thread::yield();
    engine.post([&] { ++ran; });
  }
  checkEqual(ran.load(), 1);
}

void threadCountHasBounds() {
  setThreadCount(3);
  checkEqual(threadCount(), 3);
  setThreadCount(defaultThreadCount());
  check(threadCount() >= 1 && threadCount() <= kMaxThreads);
}

}  // namespace

Tests poolTests() {
  return {{"pool: every tile once", everyTileOnce},
          {"pool: pieces are whole groups", piecesAreGroups},
          {"pool: scratch is private", scratchIsPrivate},
          {"pool: jobs inside of jobs", jobsInsideOfJobs},
          {"pool: the number of threads may change", theNumberOfThreadsMayChange},
          {"pool: results are the caller's", resultsAreTheCallers},
          {"pool: many callers at once", manyCallersAtOnce},
          {"pool: callers share the threads", callersShareTheThreads},
          {"pool: pools come and go", poolsComeAndGo},
          {"engine: runs in order", engineRunsInOrder},
          {"engine: drops what waits", engineDropsWhatWaits},
          {"threads: the count has bounds", threadCountHasBounds}};
}

}  // namespace slalom::test
