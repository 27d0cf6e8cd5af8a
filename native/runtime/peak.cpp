#include "peak.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "../kernels/args.h"
#include "block.h"

namespace slalom {

namespace {

constexpr int kTries = 8;
constexpr int64_t kTilesEach = 64;              // of multiply-adds, for each thread: some milliseconds
constexpr int64_t kBlock = int64_t{48} << 20;   // larger than what caches hold
constexpr int64_t kPiece = int64_t{256} << 10;  // of a copy, a tile

struct CopyArgs {
  const uint8_t* from;
  uint8_t* to;
};

void copyPieces(const void* args, int64_t begin, int64_t end, void*) {
  const auto* a = static_cast<const CopyArgs*>(args);
  std::memcpy(a->to + begin * kPiece, a->from + begin * kPiece, static_cast<size_t>((end - begin) * kPiece));
}

// The least seconds of some tries: whatever else runs on the machine only adds to it.
template <typename Run>
double fastest(Run run) {
  double best = 0;
  for (int i = 0; i < kTries; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = i == 0 ? seconds : std::min(best, seconds);
  }
  return best;
}

}  // namespace

Peak measurePeak(const KernelTable& kernels, ThreadPool& pool) {
  const int threads = threadCount();
  const auto scratch = Block::make(static_cast<int64_t>(kPeakScratch) * threads);
  const MultiplyAddArgs multiply{0.5f, 1.0f};
  const int64_t tiles = kTilesEach * threads;
  const double computing =
      fastest([&] { pool.run(kernels.multiplyAdds, &multiply, tiles, scratch->data(), kPeakScratch, threads); });
  const auto from = Block::make(kBlock), to = Block::make(kBlock);
  const CopyArgs copy{from->data(), to->data()};
  const double copying =
      fastest([&] { pool.run(copyPieces, &copy, kBlock / kPiece, scratch->data(), kPeakScratch, threads); });
  return {kernels.multiplyAddFlops * static_cast<double>(tiles) / computing, 2.0 * kBlock / copying};
}

}  // namespace slalom
