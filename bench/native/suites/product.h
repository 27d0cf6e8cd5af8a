// A matrix product beside other libraries.
#pragma once

#include <string>

#include "../bench.h"

namespace slalom::bench {

// c [m, n] = a · b, row-major; transposed operands lie as [k, m] and [n, k].
struct Shape {
  std::string name;
  int64_t m, n, k;
  bool transposeA, transposeB;
};

// What Bench::measure returns.
double measureProduct(const Bench& bench, const Shape& shape, double patience);

}  // namespace slalom::bench
