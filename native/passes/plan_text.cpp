#include "lower_loop.h"

namespace slalom {

namespace {

const char* kindText(BufferKind kind) {
  switch (kind) {
    case BufferKind::arena: return "arena";
    case BufferKind::zeroed: return "zeroed";
    case BufferKind::argument: return "argument";
    case BufferKind::state: return "state";
    case BufferKind::constant: return "constant";
  }
  return "?";
}

class PlanPrinter {
 public:
  PlanPrinter(const Graph& g, const Schedule& s, const MemoryPlan& m) : g_(g), s_(s), m_(m) {}

  std::string run() {
    for (size_t i = 0; i < s_.order.size(); ++i) {
      if (i == s_.commitBegin && i > 0) text_ += "-- commits --\n";
      addNode(g_.nodes[static_cast<size_t>(s_.order[i])]);
    }
    text_ += "arena " + std::to_string(m_.arenaBytes) + " bytes, zeroed " + std::to_string(m_.zeroedBytes) + " bytes, copies " +
             std::to_string(m_.staged.size() + m_.commits.size() + m_.unguarded.size()) + "\n";
    return std::move(text_);
  }

 private:
  std::string place(ValueId v) const {
    const MemoryPlan::Place& p = m_.places[static_cast<size_t>(v)];
    if (!p.base.valid()) return "nowhere";
    const Buffer& buffer = m_.buffers[static_cast<size_t>(p.base.buffer)];
    const BufferRef at = p.address(sizeOf(g_.type(v).dtype));
    const bool shared = buffer.kind == BufferKind::arena || buffer.kind == BufferKind::zeroed;
    const int64_t offset = at.offset + (shared ? buffer.offset : 0);
    return std::string(kindText(buffer.kind)) + (shared ? "" : std::to_string(buffer.index)) + "+" + std::to_string(offset);
  }

  void addNode(const Node& node) {
    const bool copied = node.op->has(kView) && m_.places[static_cast<size_t>(node.result())].materialize;
    if (node.op->has(kSource) || (node.op->has(kView) && !copied)) return;
    for (int r = 0; r < node.resultCount; ++r) {
      text_ += (r ? ", %" : "%") + std::to_string(node.result(r)) + " " + g_.type(node.result(r)).toString() + " @" + place(node.result(r));
    }
    text_ += " = " + opText(node) + "(";
    for (size_t i = 0; i < node.inputs.size(); ++i) text_ += (i ? ", %" : "%") + std::to_string(node.inputs[i]);
    text_ += ")";
    const std::string attrs = node.attrs.toString();
    if (!attrs.empty()) text_ += " " + attrs;
    if (!g_.path(node).empty()) text_ += "  # " + g_.path(node);
    text_ += "\n";
  }

  const Graph& g_;
  const Schedule& s_;
  const MemoryPlan& m_;
  std::string text_;
};

}  // namespace

std::string planText(const Graph& g, const Schedule& s, const MemoryPlan& m) { return PlanPrinter(g, s, m).run(); }

}  // namespace slalom
