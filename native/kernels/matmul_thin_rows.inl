// Few columns of c under many rows that lie along k in a: the product of the transposed operands, whose lanes are rows,
// so that none is empty. Few rows times a b whose columns lie along k are that, transposed.
#pragma once

#include <utility>

#include "matmul_along.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Columns, or rows, whose sums fit the registers beside what is transposed.
constexpr int kThinColumns = W == 16 ? 10 : W == 8 ? 4 : 0;

// The next W rows of c, of N elements, of which those below `rows` exist.
template <typename By, int N>
SLALOM_INLINE void multiplyAcross(const AlongProblem& q, int64_t rows, float* c, int64_t cRow) {
  F y[N][1], sums[W];
  sumAlong<By>(q, rows, y);
  SLALOM_UNROLL
  for (int j = 0; j < W; j++) sums[j] = j < N ? y[j < N ? j : 0][0] : zero();
  transpose(sums);
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) {
    if (r < rows) storePart(c + r * cRow, sums[r], N);
  }
}

template <int N>
void multiplyColumnsAcross(const AlongProblem& q, int64_t rows, float* c, int64_t cRow) {
  conflicts(q.bCol) ? multiplyAcross<ByLines, N>(q, rows, c, cRow) : multiplyAcross<ByQuarters, N>(q, rows, c, cRow);
}

using AlongFn = void (*)(const AlongProblem& q, int64_t lanes, float* c, int64_t cRow);

template <bool kAcross, int... I>
constexpr AlongFn alongOf(int n, std::integer_sequence<int, I...>) {
  constexpr AlongFn all[] = {nullptr, kAcross ? multiplyColumnsAcross<I + 1> : multiplyRowsAlong<I + 1>...};
  return all[n];
}

// For n rows of c, or n columns.
template <bool kAcross>
inline AlongFn along(int64_t n) {
  return alongOf<kAcross>(static_cast<int>(n), std::make_integer_sequence<int, kThinColumns>());
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
