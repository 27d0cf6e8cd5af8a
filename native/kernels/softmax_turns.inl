// Rows longer than sixteen take turns: while one's exponentials are computed, an earlier one is finished and
// a later one looked through, so that the memory of these hides behind the arithmetic of the first.
#pragma once

#include "softmax_rows.inl"

namespace slalom {
namespace VARIANT {
namespace {

template <bool keep, typename Finish>
SLALOM_INLINE float turn(RowSum<keep> sum, RowTop<kVectors> later, float& laterTop, const Finish& finish,
                         int64_t cols) {
  later.begin();
  int64_t i = 0;
  for (; i + kLanes <= cols; i += kLanes) {
    prefetch(later.x + i + kTurnsAhead);
    finish.ahead(i);
    later.addAll(i);
    sum.template add16<false>(i);
    for (int v = 0; v < kVectors; ++v) finish.whole(i + v * W);
  }
  finishRow(finish, i, cols);
  laterTop = later.end(i, cols);
  return sum.end(i, cols);
}

// The same one after the other, of a row that needs a shift.
template <bool keep, typename Finish>
SLALOM_INLINE float farTurn(RowSum<keep> sum, RowTop<kVectors> later, float& laterTop, const Finish& finish,
                            int64_t cols) {
  finishRow(finish, 0, cols);
  laterTop = topOfRow(later.x, cols);
  int64_t i = 0;
  for (; i + kLanes <= cols; i += kLanes) sum.template add16<true>(i);
  return sum.end(i, cols);
}

template <bool keep, typename Finish>
SLALOM_INLINE float anyTurn(RowSum<keep> sum, float top, RowTop<kVectors> later, float& laterTop, const Finish& finish,
                            int64_t cols) {
  sum.begin(top);
  const bool near = top > -kFarTop && top < kFarTop;
  return near ? turn(sum, later, laterTop, finish, cols) : farTurn(sum, later, laterTop, finish, cols);
}

// All rows from `begin` to `end`. A kind of softmax is told before a row starts, says where it keeps the
// exponentials (`at`), is told the maximum and the sum, and `lag` rows later how to finish the row.
template <typename Kind>
SLALOM_INLINE void rowsInTurn(Kind& kind, const float* x, int64_t begin, int64_t end, int64_t cols) {
  // Two ahead: the first exponentials of a row would wait for the last step of a maximum.
  float top = topOfRow(x + begin * cols, cols);
  float nextTop = begin + 1 < end ? topOfRow(x + (begin + 1) * cols, cols) : top;
  for (int64_t row = begin; row < end; ++row) {
    kind.start(row);
    const float* here = x + row * cols;
    const RowSum<Kind::kKeep> sum{here, kind.at(row), {}, {}};
    const RowTop<kVectors> later{row + 2 < end ? here + 2 * cols : here, {}};
    float laterTop;
    const float total = row - kind.lag() < begin
                            ? anyTurn(sum, top, later, laterTop, Nothing{}, cols)
                            : anyTurn(sum, top, later, laterTop, kind.finish(row - kind.lag()), cols);
    kind.add(row, top, total);
    top = nextTop;
    nextTop = laterTop;
  }
  const int64_t first = end - kind.lag();
  for (int64_t row = first < begin ? begin : first; row < end; ++row) finishRow(kind.finish(row), 0, cols);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
