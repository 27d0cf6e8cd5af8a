// Rows of columns on their way into the arguments of one instance.
#pragma once

#include <vector>

#include "../kernels/args.h"
#include "instance.h"

namespace slalom {

class Feed {
 public:
  // The instance's first arguments are the columns, `batch` rows of each, in the program's dtypes. Rows
  // that are in order and need no conversion are read where they lie; the others are gathered.
  Feed(Instance& instance, const std::vector<Array>& columns, int64_t batch, bool inOrder, const KernelTable& kernels);

  // Rows order[first] and on.
  void load(const int32_t* order, int64_t first, ThreadPool& pool);

 private:
  struct InPlace {
    int32_t buffer;
    uint8_t* data;
    int64_t rowBytes;
  };
  struct Gathered {
    std::shared_ptr<Block> block;
    GatherArgs args;
    CallPlan plan;
  };

  Instance& instance_;
  std::vector<InPlace> inPlace_;
  std::vector<std::unique_ptr<Gathered>> gathered_;
  int64_t fault_ = INT64_MAX;  // the rows are our own: never lowered
};

}  // namespace slalom
