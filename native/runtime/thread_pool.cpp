#include "thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "cpu_quota.h"

namespace slalom {

namespace {

constexpr int kSpins = 2000;

void pauseThread() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

std::atomic<int> wantedThreads{0};

}  // namespace

int defaultThreadCount() {
  if (const char* text = std::getenv("SLALOM_THREADS")) {
    const int count = std::atoi(text);
    if (count > 0) return std::min(count, kMaxThreads);
  }
  return std::min(availableCpus(), kMaxThreads);
}

int threadCount() {
  const int wanted = wantedThreads.load(std::memory_order_relaxed);
  if (wanted > 0) return wanted;
  static const int fallback = defaultThreadCount();
  return fallback;
}

void setThreadCount(int count) { wantedThreads = std::min(std::max(count, 1), kMaxThreads); }

namespace {

// One call at work. Workers enter with `inside` raised, so that the caller, who owns the job, does not
// leave while one of them still looks at it.
struct Job {
  KernelFn kernel = nullptr;
  const void* args = nullptr;
  int64_t tiles = 0;
  int64_t each = 1;  // tiles taken at a time
  uint8_t* scratch = nullptr;
  size_t stride = 0;
  int seats = 0;  // workers that may still enter; guarded by the pool's mutex
  std::atomic<int64_t> next{0};
  std::atomic<int> inside{0};

  void work(int seat) {
    for (;;) {
      const int64_t begin = next.fetch_add(each, std::memory_order_relaxed);
      if (begin >= tiles) return;
      kernel(args, begin, std::min(begin + each, tiles), scratch + stride * static_cast<size_t>(seat));
    }
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<Job*> jobs;
  std::atomic<uint64_t> posted{0};  // counts jobs, so that spinning threads see a new one without the mutex
  std::atomic<bool> ending{false};
  std::vector<std::thread> threads;
  int sleeping = 0;

  // A job with a free seat, entered; null if there is none. The mutex is held.
  Job* enter(int* seat) {
    for (Job* job : jobs) {
      if (job->seats == 0) continue;
      *seat = job->seats--;
      job->inside.fetch_add(1, std::memory_order_relaxed);
      return job;
    }
    return nullptr;
  }

  void loop() {
    const FloatMode mode;
    uint64_t seen = 0;
    while (!ending.load(std::memory_order_relaxed)) {
      Job* job = nullptr;
      int seat = 0;
      {
        std::lock_guard<std::mutex> lock(mutex);
        seen = posted.load(std::memory_order_relaxed);
        job = enter(&seat);
      }
      if (job) {
        job->work(seat);
        job->inside.fetch_sub(1, std::memory_order_release);
        continue;
      }
      for (int i = 0; i < kSpins && posted.load(std::memory_order_relaxed) == seen; ++i) pauseThread();
      if (posted.load(std::memory_order_relaxed) != seen) continue;
      std::unique_lock<std::mutex> lock(mutex);
      ++sleeping;
      wake.wait(lock, [&] { return ending.load() || posted.load(std::memory_order_relaxed) != seen; });
      --sleeping;
    }
  }

  void grow(int count) {
    while (static_cast<int>(threads.size()) < count) threads.emplace_back([this] { loop(); });
  }
};

std::shared_ptr<ThreadPool> ThreadPool::shared() {
  static std::mutex* const mutex = new std::mutex;  // never destroyed: threads may end after main
  static std::weak_ptr<ThreadPool>* const pool = new std::weak_ptr<ThreadPool>;
  const std::lock_guard<std::mutex> lock(*mutex);
  std::shared_ptr<ThreadPool> alive = pool->lock();
  if (!alive) {
    alive = std::make_shared<ThreadPool>();
    *pool = alive;
  }
  return alive;
}

ThreadPool::ThreadPool() : state_(new State) {}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->ending = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void ThreadPool::run(KernelFn kernel, const void* args, int64_t tiles, uint8_t* scratch, size_t stride, int threads) {
  const int helpers = static_cast<int>(std::min<int64_t>(threads, tiles)) - 1;
  if (helpers <= 0) {
    kernel(args, 0, tiles, scratch);
    return;
  }
  Job job;
  job.kernel = kernel;
  job.args = args;
  job.tiles = tiles;
  job.each = std::max<int64_t>(1, tiles / (8 * (helpers + 1)));
  job.scratch = scratch;
  job.stride = stride;
  job.seats = helpers;
  State& s = *state_;
  bool asleep;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.grow(threads - 1);
    s.jobs.push_back(&job);
    s.posted.fetch_add(1, std::memory_order_relaxed);
    asleep = s.sleeping > 0;
  }
  if (asleep) s.wake.notify_all();
  job.work(0);
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.jobs.erase(std::find(s.jobs.begin(), s.jobs.end(), &job));
  }
  // Whoever is inside is at its last tiles; sleep rather than spin if it was scheduled away.
  for (int spins = 0; job.inside.load(std::memory_order_acquire) > 0; ++spins) {
    spins < kSpins ? pauseThread() : std::this_thread::yield();
  }
}

}  // namespace slalom
