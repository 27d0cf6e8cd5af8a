// Pointwise nodes whose operands are all one element repeated.
#pragma once

#include "passes.h"

namespace slalom {

// The node computed now, by the very kernels that would compute it later, as a constant; empty
// if an operand is not constant or a bit could change.
std::vector<ValueId> foldConstants(RewriteContext& c, const Type& result, const KernelTable& kernels);

// The node computed once on scalars and then broadcast; empty if an operand has more elements.
std::vector<ValueId> foldToScalar(RewriteContext& c, const Type& result);

}  // namespace slalom
