// Carries live in the memory of the loop's final carries, slices and constants are read where
// they lie. See ops/scan.cpp for the order of inputs and results.
#include "lower_loop.h"

namespace slalom {

namespace {

class LoopLowering {
 public:
  LoopLowering(const Graph& g, int32_t index, const MemoryPlan& m)
      : g_(g),
        node_(g.nodes[static_cast<size_t>(index)]),
        m_(m),
        body_(*m.bodies.at(index)),
        carries_(static_cast<size_t>(node_.attrs.integer("carries"))),
        slices_(static_cast<size_t>(node_.attrs.integer("xs"))) {
    spec_.body = m.bodies.at(index);
    spec_.count = node_.attrs.integer("length");
    spec_.reverse = node_.attrs.flag("reverse");
    spec_.arena = m.workspaces[static_cast<size_t>(index)];
    spec_.zeroed = m.zeroed[static_cast<size_t>(index)];
  }

  LoopSpec run() {
    for (size_t i = 0; i < node_.inputs.size(); ++i) {
      const int64_t bytes = body_.inputs[i].type.bytes();
      const bool carried = i < carries_, sliced = !carried && i < carries_ + slices_;
      const BufferRef outer = carried ? address(result(i)) : address(node_.inputs[i]);
      spec_.bindings.push_back({body_.inputs[i].buffer, outer, sliced ? bytes : 0});
      if (carried) spec_.setup.push_back({{address(node_.inputs[i])}, {outer}, bytes});
    }
    addHistory();
    addStacks();
    addCarries();
    return std::move(spec_);
  }

 private:
  size_t stacks() const { return body_.outputs.size() - carries_; }
  ValueId result(size_t i) const { return node_.result(static_cast<int>(i)); }
  bool isPlaced(ValueId v) const { return m_.places[static_cast<size_t>(v)].base.valid(); }

  BufferRef address(ValueId v) const { return m_.places[static_cast<size_t>(v)].address(sizeOf(g_.type(v).dtype)); }

  void addHistory() {
    for (size_t i = 0; i < carries_; ++i) {
      const ValueId stack = result(carries_ + stacks() + i);
      const int64_t bytes = body_.inputs[i].type.bytes();
      if (isPlaced(stack)) spec_.before.push_back({{address(result(i))}, {address(stack), false, bytes}, bytes});
    }
  }

  void addStacks() {
    for (size_t i = 0; i < stacks(); ++i) {
      const ProgramOutput& output = body_.outputs[carries_ + i];
      const ValueId stack = result(carries_ + i);
      const int64_t bytes = output.type.bytes();
      if (isPlaced(stack)) spec_.after.push_back({{output.address, true}, {address(stack), false, bytes}, bytes});
    }
  }

  void addCarries() {
    for (size_t i = 0; i < carries_; ++i) {
      const ProgramOutput& output = body_.outputs[i];
      spec_.after.push_back({{output.address, true}, {address(result(i))}, output.type.bytes()});
    }
  }

  const Graph& g_;
  const Node& node_;
  const MemoryPlan& m_;
  const Program& body_;
  const size_t carries_, slices_;
  LoopSpec spec_;
};

}  // namespace

LoopSpec lowerLoop(const Graph& g, int32_t node, const MemoryPlan& m) { return LoopLowering(g, node, m).run(); }

}  // namespace slalom
