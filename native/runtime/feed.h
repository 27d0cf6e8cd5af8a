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

  // Whether these columns could have been given to the constructor.
  bool fits(const std::vector<Array>& columns) const;
  // From now on the rows are those of other columns that fit.
  void rebind(const std::vector<Array>& columns);
  // Rows order[0] and on; where rows are read in order, they begin at order[0].
  void load(const int32_t* order, ThreadPool& pool);

 private:
  struct InPlace {
    int32_t buffer;
    size_t column;
    int64_t rowBytes;
  };
  struct Gathered {
    size_t column;
    std::shared_ptr<Block> block;
    GatherArgs args;
    CallPlan plan;
  };

  Instance& instance_;
  std::vector<Type> types_;     // of the columns
  std::vector<uint8_t*> data_;  // and where they are; who loads keeps them alive
  std::vector<InPlace> inPlace_;
  std::vector<std::unique_ptr<Gathered>> gathered_;
  int64_t fault_ = INT64_MAX;  // the rows are our own: never lowered
};

}  // namespace slalom
