// A naive interpreter of graphs in double precision: the oracle for the rules of ops. Composites
// are decomposed first, views read through OpDef::view, regions run by recursion.
#pragma once

#include "ops/build.h"

namespace slalom::test {

struct Tensor {
  Type type;
  std::vector<double> data;  // row-major
};

// One pointwise instruction on one element; bool is 0 or 1.
double applyCode(PointwiseCode code, double a, double b, double c);

// Every op with a decomposition replaced by it, until none is left; or only those without a kernel.
Graph decomposed(const Graph& g, bool all = true);

std::vector<Tensor> evaluate(const Graph& g, const std::vector<Tensor>& inputs);

// Elements of `source`, read through a layout, in row-major order of the layout's shape.
std::vector<double> read(const std::vector<double>& source, const Layout& layout);

}  // namespace slalom::test
