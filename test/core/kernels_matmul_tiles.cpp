// A product has the same bits in whatever order and groups its tiles are computed.
#include <array>
#include <cstring>

#include "kernels_matmul.h"
#include "suites.h"

namespace slalom::test {

namespace {

// Any order and grouping of tiles gives the same bits, without fma too.
void tileOrders() {
  for (const char* const* name = availableKernels(); *name != nullptr; ++name) {
    const KernelTable& table = *kernelsNamed(*name);
    for (int64_t k : {128, 1030, 5000}) {
      const int64_t m = 200, n = 260;
      const Memory<float> a = randoms<float>(m * k, 9), b = randoms<float>(k * n, 10);
      const Memory<float> whole = allocate<float>(m * n), other = allocate<float>(m * n);
      for (int layout = 0; layout < 4; ++layout) {
        MatmulArgs args = product(m, n, k, (layout & 1) != 0, (layout & 2) != 0);
        args.a = a.get();
        args.b = b.get();
        args.c = whole.get();
        run(table, args);
        args.c = other.get();
        for (TileOrder order : {kReversed, kUneven}) {
          std::memset(other.get(), 0xff, static_cast<size_t>(m * n) * sizeof(float));
          run(table, args, order);
          check(std::memcmp(whole.get(), other.get(), static_cast<size_t>(m * n) * sizeof(float)) == 0,
                describe(table, args));
        }
      }
    }
  }
}

// Whatever a thread gets of the tiles in a row, whole bands of rows, columns or parts of them.
void pieces() {
  constexpr int64_t kMost = 30;
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    for (const auto& [m, n, k] : {std::array<int64_t, 3>{1030, 270, 70},
                                  {1030, 130, 500},
                                  {2100, 520, 20},
                                  {150, 1030, 520},
                                  {512, 256, 128},
                                  {128, 256, 512},
                                  {300, 200, 5120},
                                  {2100, 520, 3},
                                  {2100, 50, 300},
                                  {1, 784, 640},
                                  {1, 6000, 90},
                                  {2100, 1, 500}}) {
      const Memory<float> a = randoms<float>(m * k, 9), b = randoms<float>(k * n, 10);
      const Memory<float> whole = allocate<float>(m * n), other = allocate<float>(m * n);
      MatmulArgs args = product(m, n, k);
      args.a = a.get();
      args.b = b.get();
      args.c = whole.get();
      run(*table, args);
      args.c = other.get();
      for (int64_t piece = 1; piece <= kMost; ++piece) {
        std::memset(other.get(), 0xff, static_cast<size_t>(m * n) * sizeof(float));
        run(*table, args, kWhole, piece);
        check(std::memcmp(whole.get(), other.get(), static_cast<size_t>(m * n) * sizeof(float)) == 0,
              describe(*table, args) + ", " + std::to_string(piece) + " tiles at a time");
      }
    }
  }
}

}  // namespace

Tests matmulTileTests() { return {{"matmul: tile orders", tileOrders}, {"matmul: pieces of tiles", pieces}}; }

}  // namespace slalom::test
