// One pass from the inputs to the outputs: each op's own rules, constants, common nodes; then
// nodes that nobody needs are dropped. Equal nodes become one, draws too: equal keys and steps
// are equal draws.
#include "fold.h"
#include "rebuild.h"

namespace slalom {

Graph simplify(const Graph& g, const KernelTable* kernels) {
  Rebuild::Options options;
  options.merge = true;
  options.region = [&](const Graph& region) { return simplify(region, kernels); };
  options.rule = [&](RewriteContext& c, const std::vector<Type>& types) -> std::vector<ValueId> {
    const OpDef& op = definition(c.node);
    std::vector<ValueId> replacement;
    if (op.simplify) replacement = op.simplify(c);
    if (replacement.empty() && kernels) replacement = foldConstants(c, types[0], *kernels);
    if (replacement.empty()) replacement = foldToScalar(c, types[0]);
    return replacement;
  };
  return Rebuild(std::move(options)).run(g);
}

}  // namespace slalom
