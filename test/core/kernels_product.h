// Dense products for kernel tests.
#pragma once

#include <string>

#include "kernels/args.h"

namespace slalom::test {

inline MatmulArgs product(int64_t m, int64_t n, int64_t k, bool transposeA = false, bool transposeB = false) {
  MatmulArgs args = {};
  args.m = m;
  args.n = n;
  args.k = k;
  args.aRow = transposeA ? 1 : k;
  args.aCol = transposeA ? m : 1;
  args.bRow = transposeB ? 1 : n;
  args.bCol = transposeB ? k : 1;
  args.storage = kStoreF32;
  return args;
}

inline std::string describe(const KernelTable& table, const MatmulArgs& args) {
  const char* const precisions[] = {"", "high ", "medium "};
  return std::string(table.name) + " " + precisions[static_cast<int>(args.precision)] + std::to_string(args.m) + "x" +
         std::to_string(args.k) + "x" + std::to_string(args.n) + " strides " + std::to_string(args.aRow) + "," +
         std::to_string(args.aCol) + "," + std::to_string(args.bRow) + "," + std::to_string(args.bCol);
}

}  // namespace slalom::test
