// Which rows a batch holds.
#pragma once

#include <cstdint>
#include <vector>

namespace slalom {

struct BatchOptions {
  int64_t rows = 0;
  int64_t batchSize = 0;
  bool shuffle = false;
  uint64_t seed = 0;
  bool dropLast = false;
};

class Batches {
 public:
  explicit Batches(const BatchOptions& options);

  int64_t perEpoch() const { return perEpoch_; }
  int64_t rowsOf(int64_t batch) const;                                       // how many, in any epoch
  int64_t first(int64_t batch) const { return batch * options_.batchSize; }  // position in the epoch's order

  // The rows of an epoch in order; good until another epoch is asked for.
  const int32_t* order(int64_t epoch) {
    if (ordered_ != epoch) makeOrder(epoch);
    return order_.data();
  }

 private:
  void makeOrder(int64_t epoch);

  BatchOptions options_;
  int64_t perEpoch_;
  int64_t ordered_ = -1;  // the epoch of order_
  std::vector<int32_t> order_;
};

}  // namespace slalom
