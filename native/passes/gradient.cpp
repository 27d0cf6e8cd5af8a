// Reverse mode: one walk from y back to xs over the nodes that lie on a path between them.
// Cotangents are nodes like any others, so that gradients can be differentiated again.
#include <algorithm>

#include "passes.h"

#include "../ir/error.h"

namespace slalom {

namespace {

using Values = std::vector<ValueId>;

constexpr std::string_view kMark = " (gradient)";

Values gradientsOf(Builder& b, const Values& ys, const Values& seeds, const Values& xs);

class Reverse {
 public:
  // Nodes before `begin` are known to lie on no path.
  Reverse(Builder& b, int32_t begin) : b_(b), g_(b.graph()), begin_(begin), end_(nodeCount()) {}

  Values run(const Values& ys, const Values& seeds, const Values& xs) {
    const int32_t scope = b_.scope();
    cotangents_.assign(g_.values.size(), kNoValue);
    findPaths(xs);
    for (size_t i = 0; i < ys.size(); ++i) flow(ys[i], seeds[i]);
    for (int32_t i = end_; i-- > begin_;) {
      if (onPath_[static_cast<size_t>(i - begin_)]) step(i);
    }
    b_.setScope(scope);
    Values gradients;
    for (ValueId x : xs) gradients.push_back(cotangents_[static_cast<size_t>(x)]);
    return gradients;
  }

 private:
  int32_t nodeCount() const { return static_cast<int32_t>(g_.nodes.size()); }

  // A value matters if it is an x or depends on one; a node does if a result may carry on.
  void findPaths(const Values& xs) {
    matters_.assign(g_.values.size(), false);
    onPath_.assign(static_cast<size_t>(end_ - begin_), false);
    for (ValueId x : xs) matters_[static_cast<size_t>(x)] = true;
    for (int32_t i = begin_; i < end_; ++i) {
      const Node& node = g_.nodes[static_cast<size_t>(i)];
      if (node.op->has(kNoGradient)) continue;
      const auto matters = [&](ValueId v) { return matters_[static_cast<size_t>(v)]; };
      if (!std::any_of(node.inputs.begin(), node.inputs.end(), matters)) continue;
      onPath_[static_cast<size_t>(i - begin_)] = true;
      for (int k = 0; k < node.resultCount; ++k) {
        if (isFloat(g_.type(node.result(k)).dtype)) matters_[static_cast<size_t>(node.result(k))] = true;
      }
    }
  }

  void flow(ValueId v, ValueId cotangent) {
    if (cotangent == kNoValue || !matters_[static_cast<size_t>(v)]) return;
    ValueId& sum = cotangents_[static_cast<size_t>(v)];
    sum = sum == kNoValue ? cotangent : b_.add(sum, cotangent);
  }

  void step(int32_t index) {
    const Node node = g_.nodes[static_cast<size_t>(index)];
    Values seeds;
    for (int k = 0; k < node.resultCount; ++k) seeds.push_back(cotangents_[static_cast<size_t>(node.result(k))]);
    const auto flows = [](ValueId v) { return v != kNoValue; };
    if (!std::any_of(seeds.begin(), seeds.end(), flows)) return;
    b_.setScope(gradientScope(node.scope));
    const Values gradients = definition(node).vjp ? chainRule(node, seeds) : throughParts(node, seeds);
    for (size_t i = 0; i < gradients.size(); ++i) flow(node.inputs[i], gradients[i]);
  }

  Values chainRule(const Node& node, const Values& seeds) {
    std::vector<bool> needed;
    for (ValueId v : node.inputs) needed.push_back(matters_[static_cast<size_t>(v)]);
    VjpContext context{b_, node, seeds, needed, gradientsOf};
    return definition(node).vjp(context);
  }

  // A composite without a rule of its own: its parts have one. They are new nodes, so that only
  // those can lie on a path from its inputs.
  Values throughParts(const Node& node, const Values& seeds) {
    const OpDef& op = definition(node);
    if (!op.decompose) return Values(node.inputs.size(), kNoValue);
    const int32_t begin = nodeCount();
    RewriteContext context{b_, node};
    const Values results = op.decompose(context);
    return Reverse(b_, begin).run(results, seeds, node.inputs);
  }

  int32_t gradientScope(int32_t scope) {
    if (scope >= static_cast<int32_t>(scopes_.size())) scopes_.resize(static_cast<size_t>(scope) + 1, -1);
    int32_t& known = scopes_[static_cast<size_t>(scope)];
    if (known < 0) {
      const std::string path = g_.scopes[static_cast<size_t>(scope)];
      const bool marked =
          path.size() >= kMark.size() && path.compare(path.size() - kMark.size(), kMark.size(), kMark) == 0;
      known = marked || path.empty() ? scope : g_.scopeOf(path + std::string(kMark));
    }
    return known;
  }

  Builder& b_;
  Graph& g_;
  const int32_t begin_, end_;
  std::vector<bool> matters_, onPath_;
  Values cotangents_;
  std::vector<int32_t> scopes_;
};

Values gradientsOf(Builder& b, const Values& ys, const Values& seeds, const Values& xs) {
  int32_t begin = static_cast<int32_t>(b.graph().nodes.size());
  for (ValueId x : xs) begin = std::min(begin, b.graph().values[static_cast<size_t>(x)].node);
  return Reverse(b, begin).run(ys, seeds, xs);
}

void requireFloat(const Type& type, const std::string& what) {
  if (isFloat(type.dtype)) return;
  throw Error::dtype("the gradient " + what + " needs a float, found " + type.toString());
}

}  // namespace

std::vector<ValueId> gradient(Builder& b, ValueId y, const std::vector<ValueId>& xs, ValueId seed) {
  requireFloat(b.type(y), "of a value");
  for (ValueId x : xs) requireFloat(b.type(x), "with respect to a value");
  if (seed == kNoValue && b.shape(y).rank() != 0) {
    throw Error::shape("the gradient of a tensor needs a scalar, found " + b.type(y).toString() +
                       "; reduce it with sum() or mean()");
  }
  if (seed != kNoValue && !(b.type(seed) == b.type(y))) {
    throw Error::shape("the seed of a gradient of " + b.type(y).toString() + " is " + b.type(seed).toString());
  }
  if (seed == kNoValue) seed = b.scalar(1, b.dtype(y));
  std::vector<ValueId> gradients = gradientsOf(b, {y}, {seed}, xs);
  for (size_t i = 0; i < xs.size(); ++i) {
    if (gradients[i] == kNoValue) gradients[i] = b.like(0, xs[i]);
  }
  return gradients;
}

}  // namespace slalom
