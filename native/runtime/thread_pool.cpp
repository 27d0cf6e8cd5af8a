#include "thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "patience.h"
#include "short_slices.h"

#if defined(_MSC_VER)
#include <intrin.h>
#endif

namespace slalom {

namespace {

// Pauses before a waiting thread sleeps, about 80 us: longer than the short kernels of a step take one thread.
constexpr int kSpins = 8000;
constexpr int64_t kChunksEach = 4;  // a thread's share of a job is taken in this many pieces
constexpr int kLanes = 16;          // most parts of a job

void pauseThread() {
#if defined(_MSC_VER) && defined(_M_X64)
  _mm_pause();
#elif defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// A caller while it is at work.
struct Caller {
  std::atomic<int>& all;
  const int together;  // callers when it began, itself included

  explicit Caller(std::atomic<int>& count) : all(count), together(count.fetch_add(1, std::memory_order_relaxed) + 1) {}
  ~Caller() { all.fetch_sub(1, std::memory_order_relaxed); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
};

// A part of the tiles, taken from its front.
struct alignas(64) Lane {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

// One call at work; it lives on the caller's stack. Workers enter and leave with the pool's mutex held.
struct Job {
  KernelFn kernel;
  const void* args;
  uint8_t* scratch;
  size_t stride;
  int64_t each;  // tiles taken at a time
  int seats;     // workers that may still enter
  int laneCount;
  bool callerSleeps = false;
  std::atomic<int> inside{0};  // workers
  Lane lanes[kLanes];

  Job(KernelFn fn, const void* a, int64_t tiles, int64_t group, uint8_t* memory, size_t bytes, int helpers)
      : kernel(fn), args(a), scratch(memory), stride(bytes), seats(helpers), laneCount(std::min(helpers + 1, kLanes)) {
    const int64_t all = helpers + 1, piece = tiles / (kChunksEach * all);
    const int64_t unit = piece < group && tiles % (all * group) != 0 ? 1 : group;
    each = std::max(unit, piece - piece % unit);
    const auto border = [&](int lane) { return lane == laneCount ? tiles : tiles * lane / laneCount / unit * unit; };
    for (int l = 0; l < laneCount; ++l) {
      lanes[l].next = border(l);
      lanes[l].end = border(l + 1);
    }
  }

  // Takes tiles until none are left, first those that are this seat's in every job: what a thread worked
  // on in one job is in its cache when the next one needs it. Returns how many pieces it took.
  int64_t work(int seat) {
    int64_t pieces = 0;
    for (int l = 0; l < laneCount; ++l) {
      Lane& lane = lanes[(seat + l) % laneCount];
      for (;; ++pieces) {
        const int64_t begin = lane.next.fetch_add(each, std::memory_order_relaxed);
        if (begin >= lane.end) break;
        kernel(args, begin, std::min(begin + each, lane.end), scratch + stride * static_cast<size_t>(seat));
      }
    }
    return pieces;
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake, done;
  std::vector<Job*> jobs;           // with seats left
  std::atomic<uint64_t> posted{0};  // counts jobs, so that spinning threads see a new one without the mutex
  std::atomic<bool> ending{false};
  std::atomic<int> callers{0};
  std::vector<std::thread> threads;
  int sleeping = 0;
  Patience patience;

  void close(Job* job) {
    const auto it = std::find(jobs.begin(), jobs.end(), job);
    if (it != jobs.end()) jobs.erase(it);
  }

  Job* enter(int* seat) {
    if (jobs.empty()) return nullptr;
    Job* job = jobs.front();
    *seat = job->seats--;
    job->inside.fetch_add(1, std::memory_order_relaxed);
    if (job->seats == 0) close(job);
    return job;
  }

  // The caller may go as soon as nobody is inside, so the job is not touched after that.
  void leave(Job* job) {
    const bool wakeCaller = job->callerSleeps;
    if (job->inside.fetch_sub(1, std::memory_order_release) == 1 && wakeCaller) done.notify_all();
  }

  void loop() {
    useUsualSlices();
    const FloatMode mode;
    std::unique_lock<std::mutex> lock(mutex);
    while (!ending.load(std::memory_order_relaxed)) {
      int seat = 0;
      if (Job* job = enter(&seat)) {
        lock.unlock();
        job->work(seat);
        lock.lock();
        leave(job);
        continue;
      }
      const uint64_t seen = posted.load(std::memory_order_relaxed);
      const auto changed = [&] {
        return posted.load(std::memory_order_relaxed) != seen || ending.load(std::memory_order_relaxed);
      };
      lock.unlock();
      for (int i = 0; i < kSpins && !changed(); ++i) pauseThread();
      lock.lock();
      if (changed()) continue;
      ++sleeping;
      wake.wait(lock, changed);
      --sleeping;
    }
  }

  // With fewer threads than wanted everything still works.
  void grow(int count) {
    try {
      while (static_cast<int>(threads.size()) < count) threads.emplace_back([this] { loop(); });
    } catch (const std::system_error&) {
    }
  }

  void post(Job* job) {
    int sleepers;
    const int wanted = job->seats;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      grow(wanted);
      jobs.push_back(job);
      posted.fetch_add(1, std::memory_order_relaxed);
      sleepers = std::min(sleeping, wanted);
    }
    for (int i = 0; i < sleepers; ++i) wake.notify_one();
  }

  // Returns when no worker is inside: one that is has its last piece in hand.
  void finish(Job* job) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      close(job);
    }
    for (int i = 0; i < kSpins && job->inside.load(std::memory_order_acquire) > 0; ++i) pauseThread();
    if (job->inside.load(std::memory_order_acquire) == 0) return;
    std::unique_lock<std::mutex> lock(mutex);
    job->callerSleeps = true;
    done.wait(lock, [&] { return job->inside.load(std::memory_order_acquire) == 0; });
  }
};

std::shared_ptr<ThreadPool> ThreadPool::shared() {
  static std::mutex* const mutex = new std::mutex;
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

void ThreadPool::run(KernelFn kernel, const void* args, int64_t tiles, uint8_t* scratch, size_t stride, int threads,
                     int64_t group) {
  if (threads <= 1 || tiles <= 1) {
    kernel(args, 0, tiles, scratch);
    return;
  }
  // Callers at a time share the threads: more threads than cores would wait for each other.
  const Caller caller(state_->callers);
  const int share = (threads + caller.together - 1) / caller.together;
  const int helpers = static_cast<int>(std::min<int64_t>(share, tiles)) - 1;
  const int64_t began = helpers > 0 ? Patience::now() : 0;
  if (helpers <= 0 || state_->patience.alone(began)) {
    kernel(args, 0, tiles, scratch);
    return;
  }
  Job job(kernel, args, tiles, group, scratch, stride, helpers);
  state_->post(&job);
  const int64_t pieces = job.work(0);
  const int64_t worked = Patience::now();
  state_->finish(&job);
  state_->patience.shared(began, worked, Patience::now(), pieces, (tiles + job.each - 1) / job.each);
}

}  // namespace slalom
