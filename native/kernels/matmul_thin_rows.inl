// Few columns of c under many rows that lie along k in a: W rows of a at a time, transposed in registers, so that
// lanes are rows and none is empty. With operands and result transposed, few rows times a b whose columns lie along k.
#pragma once

#include <utility>

#include "matmul_plan.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Columns whose sums fit the registers beside a block of a.
constexpr int kThinColumns = W == 16 ? 10 : W == 8 ? 4 : 0;

struct ThinRows {
  int64_t k;
  const float* a;
  int64_t aRow;
  const float* b;
  int64_t bRow, bCol;
  float* c;  // rows of N; or N rows
  int64_t cRow;
};

// The next W rows, of which those below `rows` exist; kAcross: c is transposed.
template <int N, bool kAcross>
void multiplyThinRows(const ThinRows& q, int64_t rows) {
  const float* from[W];
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) from[r] = q.a + (r < rows ? r : rows - 1) * q.aRow;
  F sums[W];
  SLALOM_UNROLL
  for (int j = 0; j < W; j++) sums[j] = zero();
  const float* b = q.b;
  const auto multiply = [&](F column) {
    SLALOM_UNROLL
    for (int j = 0; j < N; j++) sums[j] = fma(column, splat(b[j * q.bCol]), sums[j]);
    b += q.bRow;
  };
  int64_t p = 0;
  for (; p + W <= q.k; p += W) {
    F block[W];
    loadApart([&](int r) { return from[r] + p; }, q.aRow, block);
    SLALOM_UNROLL
    for (int i = 0; i < W; i++) multiply(block[i]);
  }
  for (; p < q.k; p++) {
    float column[W];
    SLALOM_UNROLL
    for (int r = 0; r < W; r++) column[r] = from[r][p];
    multiply(load(column));
  }
  if (kAcross) {
    SLALOM_UNROLL
    for (int j = 0; j < N; j++) {
      float* c = q.c + j * q.cRow;
      rows < W ? storePart(c, sums[j], rows) : store(c, sums[j]);
    }
    return;
  }
  transpose(sums);
  SLALOM_UNROLL
  for (int r = 0; r < W; r++) {
    if (r < rows) storePart(q.c + r * q.cRow, sums[r], N);
  }
}

using ThinRowsFn = void (*)(const ThinRows& q, int64_t rows);

template <bool kAcross, int... N>
constexpr ThinRowsFn thinRowsOf(int n, std::integer_sequence<int, N...>) {
  constexpr ThinRowsFn all[] = {nullptr, multiplyThinRows<N + 1, kAcross>...};
  return all[n];
}

template <bool kAcross>
inline ThinRowsFn thinRows(int64_t n) {
  return thinRowsOf<kAcross>(static_cast<int>(n), std::make_integer_sequence<int, kThinColumns>());
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
