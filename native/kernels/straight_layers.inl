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
struct StraightEpilogues {
  static constexpr KernelFn kAll[] = {Programs::run...};

  // The straight code of a program that follows no product, or null.
  static KernelFn find(const TileProgram& p) {
    KernelFn found = nullptr;
    const auto look = [&](bool matches, KernelFn run) { found = matches ? run : found; };
    (look(Programs::matches(p), Programs::run), ...);
    return found;
  }

  // The same of an epilogue.
  static RowsFn findFollowing(const TileProgram& p) {
    RowsFn found = nullptr;
    const auto look = [&](bool matches, RowsFn run) { found = matches ? run : found; };
    (look(Programs::matches(p), Programs::runRows), ...);
    return found;
  }
};

using StraightLayers = StraightEpilogues<Biased, BiasedRelu, ReluBefore>;

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
