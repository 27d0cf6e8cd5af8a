// Rows that occur in two data sets: what leaks from training into validation.
#pragma once

#include <vector>

#include "column_statistics.h"

namespace slalom {

struct RowMatches {
  struct Pair {
    int64_t row, in;  // of the second set, and the first row of the first set that equals it
  };
  int64_t repeated = 0;     // looked-at rows of the first set that an earlier one of it equals
  int64_t matched = 0;      // looked-at rows of the second set that occur in the first
  std::vector<Pair> pairs;  // the first of those
};

// By their bytes; equal hashes are compared byte by byte. Every `step`-th row of the first set is looked
// at, every `otherStep`-th of the second; at most `pairs` are listed. Types must differ in rows only.
RowMatches matchRows(const Array& rows, int64_t step, const Array& other, int64_t otherStep, size_t pairs,
                     ThreadPool& pool);

}  // namespace slalom
