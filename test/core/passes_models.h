// Graphs that the tests of passes share.
#pragma once

#include "passes/passes.h"

namespace slalom::test {

struct MlpOptions {
  std::vector<int64_t> widths = {8, 16, 12, 4};  // input, hidden layers, classes
  int64_t batch = 6;
  DType dtype = DType::f32;
};

// One training step: relu layers, softmax cross-entropy, an Adam-like rule over one pack, a guard
// over loss and gradients, an unguarded step number. Inputs: x, labels, then for every layer
// weight and bias, then the packed moments m and v, then the step.
Graph mlpStep(const MlpOptions& options);

// Deterministic values for the graph's inputs; whole numbers below `classes` for i32.
std::vector<std::vector<uint8_t>> inputsFor(const Graph& g, uint32_t seed, int classes = 4);

}  // namespace slalom::test
