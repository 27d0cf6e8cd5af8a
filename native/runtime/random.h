// Randomness outside of graphs: keys, the order of rows, initial values. All from counters, so that
// nothing depends on what was drawn before.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "../kernels/table.h"
#include "block.h"

namespace slalom {

// The key of the n-th draw in a scope: FNV-1a over the path, then the finalizer of SplitMix64
// (Steele, Lea, Flood 2014) over seed, path and n in turn.
uint64_t hash64(uint64_t seed, std::string_view path, uint64_t n);

// Rows 0 .. rows.size() - 1 in the order of this epoch, every order equally likely: Fisher and Yates
// over the Philox words of the key hash64(seed, "shuffle", epoch).
void permute(uint64_t seed, uint64_t epoch, std::vector<int32_t>& rows);

enum class Draw { uniform, normal, truncatedNormal };

// Initial values. Uniform: in [low, high); normal: mean `low`, deviation `high`. A truncated draw
// beyond two deviations is drawn again with the attempt as the step. Throws Error unless both are finite.
Array draw(Draw kind, uint64_t key, const Type& type, double low, double high, const KernelTable& kernels);

// A matrix with orthonormal columns (or rows, where there are fewer of them) times gain: the Q of a
// matrix of normal f32 draws, its signs fixed by the diagonal of R (Saxe and others 2013). Leading axes
// count as rows.
Array orthogonal(uint64_t key, const Type& type, double gain, const KernelTable& kernels);

}  // namespace slalom
