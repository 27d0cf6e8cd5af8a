#include "work.h"

#include <algorithm>

namespace slalom {

namespace {

// Elements that lie at different places.
int64_t distinct(const Layout& layout) {
  int64_t count = 1;
  for (int i = 0; i < layout.shape.rank(); ++i) {
    if (layout.strides[static_cast<size_t>(i)] != 0 || layout.shape[i] == 0) count *= layout.shape[i];
  }
  return count;
}

double bytesOf(const Operand& o) { return static_cast<double>(distinct(o.layout) * sizeOf(o.dtype)); }

double instructions(const Graph& region) {
  const auto computes = [](const Node& node) { return !node.inputs.empty(); };
  return static_cast<double>(std::count_if(region.nodes.begin(), region.nodes.end(), computes));
}

double arithmetic(const Graph& g, const Node& node) {
  const OpDef& op = definition(node);
  const auto elements = [&](ValueId v) { return static_cast<double>(g.type(v).shape.size()); };
  const double fused = node.regions.empty() || node.op->has(kLoop) ? 0 : instructions(*node.regions[0]);
  if (op.has(kPointwise)) return elements(node.result()) * (node.regions.empty() ? 1 : fused);
  if (op.has(kReduction)) return elements(node.inputs[0]) * (1 + fused);
  const double own = op.flops ? op.flops(g, node) : node.inputs.empty() ? 0 : op.perElement * elements(node.inputs[0]);
  return own + elements(node.result()) * fused;
}

double bytesRead(const Bind& bind, int i) {
  const Operand operand = bind.input(i);
  const OpDef& op = definition(bind.node());
  if (!op.reads) return bytesOf(operand);
  return static_cast<double>(op.reads(bind.graph(), bind.node(), i) * sizeOf(operand.dtype));
}

// Pieces that were computed in their place already cost nothing.
Work workOfPack(const Bind& bind) {
  Work work;
  for (int i = 0; i < static_cast<int>(bind.node().inputs.size()); ++i) {
    const Operand piece = bind.input(i);
    if (piece.address.buffer == bind.result().address.buffer) continue;
    work.bytesRead += bytesOf(piece);
    work.bytesWritten += static_cast<double>(piece.layout.shape.size() * sizeOf(piece.dtype));
  }
  return work;
}

}  // namespace

Work workOf(const Bind& bind) {
  const Node& node = bind.node();
  if (node.op->has(kLoop)) return {};
  if (node.op->has(kPacks)) return workOfPack(bind);
  Work work;
  work.flops = node.op->has(kView) ? 0 : arithmetic(bind.graph(), node);
  for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i) {
    const auto begin = node.inputs.begin();
    const bool repeated = std::find(begin, begin + i, node.inputs[static_cast<size_t>(i)]) != begin + i;
    if (!repeated) work.bytesRead += bytesRead(bind, i);
  }
  for (int k = 0; k < node.resultCount; ++k) {
    if (bind.used(k) && bind.result(k).address.valid()) work.bytesWritten += bytesOf(bind.result(k));
  }
  return work;
}

Work workOf(const Operand& from, const Operand& to) {
  return {0, bytesOf(from), static_cast<double>(to.layout.shape.size() * sizeOf(to.dtype))};
}

Work workOf(const LoopSpec& loop) {
  const auto bytes = [](const std::vector<LoopCopy>& copies) {
    double sum = 0;
    for (const LoopCopy& copy : copies) sum += static_cast<double>(copy.bytes);
    return sum;
  };
  const double all = bytes(loop.setup) + static_cast<double>(loop.count) * (bytes(loop.before) + bytes(loop.after));
  return {0, all, all};
}

}  // namespace slalom
