// The greatest magnitude of a tensor: how graphs say it, for passes that find it another way.
#pragma once

#include "build.h"

namespace slalom {

// The tensor of which the node is the greatest magnitude; kNoValue if it is something else.
ValueId underMagnitude(const Graph& g, const Node& node);

ValueId greatestMagnitude(Builder& b, ValueId v);
ValueId greaterOf(Builder& b, ValueId x, ValueId y);

}  // namespace slalom
