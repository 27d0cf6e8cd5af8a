#include "batches.h"

#include <algorithm>

#include "../ir/error.h"
#include "random.h"

namespace slalom {

Batches::Batches(const BatchOptions& options) : options_(options) {
  if (options_.rows < 1 || options_.rows > INT32_MAX) throw Error::value("rows: expected 1 to 2^31 - 1");
  if (options_.batchSize < 1) throw Error::value("batchSize: expected at least 1");
  perEpoch_ = options_.rows / options_.batchSize;
  if (!options_.dropLast && options_.rows % options_.batchSize != 0) ++perEpoch_;
  if (perEpoch_ == 0)
    throw Error::value("with dropLast a batch of " + std::to_string(options_.batchSize) + " rows needs as many");
}

int64_t Batches::rowsOf(int64_t batch) const { return std::min(options_.rows - first(batch), options_.batchSize); }

void Batches::makeOrder(int64_t epoch) {
  const bool known = ordered_ >= 0 && !options_.shuffle;
  ordered_ = epoch;
  if (known) return;
  order_.resize(static_cast<size_t>(options_.rows));
  if (options_.shuffle) {
    permute(options_.seed, static_cast<uint64_t>(epoch), order_);
  } else {
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<int32_t>(i);
  }
}

}  // namespace slalom
