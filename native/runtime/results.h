// Where the results of one call are computed. A large one that has a buffer of the arena to itself lies in memory
// of its own from the start; the others are copied when the call is over.
#pragma once

#include <memory>
#include <vector>

#include "instance.h"

namespace slalom {

class Results {
 public:
  // Of an instance that is bound. Throws Error when there is no memory left.
  explicit Results(Instance& instance);
  ~Results();  // the instance computes in its arena again
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  std::vector<Array> take() const;

 private:
  Instance& instance_;
  std::vector<std::shared_ptr<Block>> own_;  // one for each output, or null
};

}  // namespace slalom
