// The greatest magnitude of a pack of gradients, which an optimizer's guard asks for, without reading all of
// it once more: a large product finds its own while the cache has it, the other pieces are reduced one by one.
#include <algorithm>

#include "../ops/magnitude.h"
#include "rebuild.h"

namespace slalom {

namespace {

using Values = std::vector<ValueId>;

constexpr int64_t kWorthMeasuring = 32 * 1024;  // elements of a product

class Measurer {
 public:
  explicit Measurer(const Graph& g) : g_(g), builder_(out_), measured_(g.values.size(), false) {}

  Graph run() {
    for (const Node& node : g_.nodes) {
      const Node* pieces = packUnder(node);
      if (!pieces) continue;
      for (ValueId v : pieces->inputs) measured_[static_cast<size_t>(v)] = isLargeProduct(v);
    }
    if (std::find(measured_.begin(), measured_.end(), true) == measured_.end()) return g_;
    out_.scopes = g_.scopes;
    map_.assign(g_.values.size(), kNoValue);
    greatest_.assign(g_.values.size(), kNoValue);
    for (const Node& node : g_.nodes) place(node);
    translateEnds(g_, map_, out_);
    return withoutDead(out_);
  }

 private:
  ValueId& mapped(ValueId v) { return map_[static_cast<size_t>(v)]; }
  ValueId& greatestOf(ValueId v) { return greatest_[static_cast<size_t>(v)]; }
  bool isMeasured(ValueId v) const { return measured_[static_cast<size_t>(v)]; }

  bool isLargeProduct(ValueId v) const {
    const Type& type = g_.type(v);
    const bool isLarge = type.dtype == DType::f32 && type.shape.size() >= kWorthMeasuring;
    return isLarge && definition(g_.producer(v)).measured != nullptr;
  }

  // The pack whose greatest magnitude the node is, else null.
  const Node* packUnder(const Node& node) const {
    const ValueId under = underMagnitude(g_, node);
    return under != kNoValue && g_.producer(under).op->has(kPacks) ? &g_.producer(under) : nullptr;
  }

  void place(const Node& node) {
    builder_.setScope(node.scope);
    const Node* pieces = packUnder(node);
    if (pieces && std::any_of(pieces->inputs.begin(), pieces->inputs.end(), [&](ValueId v) { return isMeasured(v); })) {
      mapped(node.result()) = greatestIn(pieces->inputs);
      return;
    }
    Values inputs;
    for (ValueId v : node.inputs) inputs.push_back(mapped(v));
    if (isMeasured(node.firstResult)) {
      mapped(node.result()) = builder_.emit(*definition(node).measured, std::move(inputs), node.attrs);
      greatestOf(node.result()) = mapped(node.result()) + 1;
      return;
    }
    const Values results = builder_.copyNode(g_, node, std::move(inputs));
    for (size_t i = 0; i < results.size(); ++i) mapped(node.result(static_cast<int>(i))) = results[i];
  }

  ValueId greatestIn(const Values& pieces) {
    ValueId most = kNoValue;
    for (ValueId v : pieces) {
      if (g_.type(v).shape.size() == 0) continue;
      const ValueId next = isMeasured(v) ? greatestOf(v) : greatestMagnitude(builder_, mapped(v));
      most = most == kNoValue ? next : greaterOf(builder_, most, next);
    }
    return most;
  }

  const Graph& g_;
  Graph out_;
  Builder builder_;
  std::vector<bool> measured_;  // per value of g: a product that finds its greatest magnitude
  Values map_, greatest_;       // per value of g
};

}  // namespace

Graph measureProducts(const Graph& g) { return Measurer(g).run(); }

}  // namespace slalom
