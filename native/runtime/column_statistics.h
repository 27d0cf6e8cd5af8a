// What the columns of data are like: for the report on data before a run.
#pragma once

#include <vector>

#include "block.h"
#include "thread_pool.h"

namespace slalom {

// Every `step`-th row of [begin, end).
struct RowRange {
  int64_t begin, end, step;
  int64_t count() const { return (end - begin + step - 1) / step; }
};

// Of one column: all entries beside those that rows are along. m2 is the sum of squared differences from
// the mean. Chan, Golub and LeVeque 1979 add up two of them.
struct ColumnStatistics {
  double count = 0, mean = 0, m2 = 0, least = 0, greatest = 0;
  void add(const ColumnStatistics& other);
};

// `before`, of the rows so far, and these rows: the same bits for any number of threads.
std::vector<ColumnStatistics> columnStatistics(const Array& rows, const RowRange& range,
                                               std::vector<ColumnStatistics> before, ThreadPool& pool);

}  // namespace slalom
