// Straight code for what follows the products of dense layers: their biases, activations, and the gradients of these,
// as epilogues or by themselves. Short programs, but run over every output of every layer, in rows that the interpreter
// cannot make longer.
#pragma once

#include "straight.inl"

namespace slalom {
namespace VARIANT {
namespace {

template <int D, int A>
using Relu = Unary<ReluF, D, A>;

// Product, bias.
using Biased = Straight<Inputs<V, R>, Outputs<2>, Add<2, 0, 1>>;
using BiasedRelu = Straight<Inputs<V, R>, Outputs<2>, Add<2, 0, 1>, Relu<2, 2>>;

// Gradient, what the activation gave.
using ReluBefore = Straight<Inputs<V, V>, Outputs<2>, Binary<ReluGradientF, 2, 1, 0>>;

template <typename... Programs>
struct StraightSteps {
  static constexpr KernelFn kAll[] = {Programs::run...};

  // The straight code of a program that follows no product, or null.
  static KernelFn find(const TileProgram& p) {
    KernelFn found = nullptr;
    ((found = Programs::matches(p) ? Programs::run : found), ...);
    return found;
  }

  // The same of an epilogue.
  static RowsFn findFollowing(const TileProgram& p) {
    RowsFn found = nullptr;
    ((found = Programs::matches(p) ? Programs::runRows : found), ...);
    return found;
  }
};

using StraightLayers = StraightSteps<Biased, BiasedRelu, ReluBefore>;

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
