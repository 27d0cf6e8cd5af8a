// Graphs as text, for snapshot tests and for people.
#pragma once

#include <string>

#include "graph.h"

namespace slalom {

// One line a node, "%5 f32[128, 10] = matmul(%1, %2) transposeB=true  # layers.2".
std::string toString(const Graph& g);

// " axes=[1], keepDims=true": what neither the result's type nor a default says.
std::string attributesText(const Attrs& attrs);

}  // namespace slalom
