// Where values lie relative to the memory that holds them.
#pragma once

#include "passes.h"

namespace slalom {

struct ValueLayout {
  ValueId root = kNoValue;  // the value whose memory this one reads
  Layout layout;            // over the root's memory
  bool materialize = false;

  // All of the root's memory in its own order.
  bool whole(int64_t rootSize) const {
    return layout.offset == 0 && layout.isDense() && layout.shape.size() == rootSize;
  }
};

std::vector<ValueLayout> planLayouts(const Graph& g, const Schedule& s);

}  // namespace slalom
