// Ops that no kernel binds become simpler ones: composites, regions that are inlined, markers
// that only the chain rule reads.
#include "rebuild.h"

namespace slalom {

Graph expand(const Graph& g) {
  Rebuild::Options options;
  options.region = [](const Graph& region) { return expand(region); };
  options.rule = [](RewriteContext& c, const std::vector<Type>&) -> std::vector<ValueId> {
    const OpDef& op = definition(c.node);
    if (op.bind || !op.decompose) return {};
    std::vector<ValueId> replacement;
    if (op.simplify) replacement = op.simplify(c);
    return replacement.empty() ? op.decompose(c) : replacement;
  };
  return Rebuild(std::move(options)).run(g);
}

}  // namespace slalom
