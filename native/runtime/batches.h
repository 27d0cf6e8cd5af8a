// Rows of columns, batch by batch, in the order of an epoch.
#pragma once

#include <vector>

#include "block.h"
#include "instance.h"

namespace slalom {

struct BatchOptions {
  std::vector<Array> columns;  // rows along axis 0
  int64_t rows = 0;
  int64_t batchSize = 0;
  bool shuffle = false;
  uint64_t seed = 0;
  bool dropLast = false;
};

class Batches {
 public:
  explicit Batches(BatchOptions options, const KernelTable& kernels);

  int64_t perEpoch() const { return perEpoch_; }
  int64_t rowsOf(int64_t batch) const;  // in an epoch

  // Fills the instance's first arguments with a batch. Rows of a column that is in order and has
  // the program's dtype are read where they lie.
  void bind(Instance& instance, int64_t epoch, int64_t batch);

  // Rows of the data set that a batch holds.
  std::vector<int32_t> rowsIn(int64_t epoch, int64_t batch);

 private:
  void order(int64_t epoch);
  uint8_t* gather(size_t column, DType to, int64_t first, int64_t count);

  BatchOptions options_;
  const KernelTable& kernels_;
  int64_t perEpoch_;
  int64_t ordered_ = -1;  // the epoch of order_
  std::vector<int32_t> order_;
  std::vector<std::shared_ptr<Block>> gathered_;  // per column
};

}  // namespace slalom
