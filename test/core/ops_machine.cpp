#include "ops_machine.h"

#include <algorithm>
#include <cstring>

#include "harness.h"
#include "ops/rules.h"

namespace slalom::test {

namespace {

void store(char* at, DType dtype, int64_t i, double value) {
  const auto put = [&](auto typed) { std::memcpy(at + i * static_cast<int64_t>(sizeof typed), &typed, sizeof typed); };
  switch (dtype) {
    case DType::f32:
      return put(static_cast<float>(value));
    case DType::f64:
      return put(value);
    case DType::i32:
      return put(static_cast<int32_t>(value));
    default:
      return put(static_cast<uint8_t>(value));
  }
}

double load(const char* at, DType dtype, int64_t i) {
  const auto get = [&](auto typed) {
    std::memcpy(&typed, at + i * static_cast<int64_t>(sizeof typed), sizeof typed);
    return static_cast<double>(typed);
  };
  switch (dtype) {
    case DType::f32:
      return get(float{});
    case DType::f64:
      return get(double{});
    case DType::i32:
      return get(int32_t{});
    default:
      return get(uint8_t{});
  }
}

}  // namespace

std::vector<Tensor> Machine::run(const std::vector<Tensor>& inputs) {
  size_t next = 0;
  for (const Node& node : graph_.nodes) {
    node_ = &node;
    const OpDef& op = definition(node);
    if (op.has(kView)) {
      place(node.result()) = viewed(node);
      continue;
    }
    for (int i = 0; i < node.resultCount; ++i) makeResult(node.result(i));
    if (op.name == "input") {
      fill(node.result(), inputs[next++].data);
    } else if (op.has(kSource)) {
      Graph alone;
      alone.outputs = Builder(alone).copyNode(graph_, node, {});
      fill(node.result(), evaluate(alone, {})[0].data);
    } else {
      bindNode(op);
    }
  }
  std::vector<Tensor> outputs;
  for (ValueId v : graph_.outputs) outputs.push_back(tensor(v));
  return outputs;
}

void* Machine::allocate(size_t bytes) {
  Block& block = *blocks_[static_cast<size_t>(newBlock(bytes))];
  std::memset(block.data(), 0, bytes);
  return block.data();
}

void Machine::link(const void* field, BufferRef target) {
  check(target.valid(), "a link to nowhere");
  const void* address = blocks_[static_cast<size_t>(target.buffer)]->data() + target.offset;
  std::memcpy(const_cast<void*>(field), &address, sizeof address);
}

// The last tile first: their order must not count.
void Machine::calls(const CallPlan& plan) {
  const FloatMode mode;
  for (int i = 0; i < plan.count; ++i) {
    const Call& call = plan.calls[i];
    Block scratch(call.scratch);
    for (int64_t tile = call.tiles; tile-- > 0;) call.run(call.args, tile, tile + 1, scratch.data());
  }
}

int32_t Machine::newBlock(size_t bytes) {
  blocks_.push_back(std::make_unique<Block>(bytes));
  return static_cast<int32_t>(blocks_.size()) - 1;
}

Operand Machine::operandOf(ValueId v) const {
  const DType dtype = graph_.type(v).dtype;
  const Layout& layout = place(v).layout;
  return {dtype, layout, {place(v).block, layout.offset * sizeOf(dtype)}};
}

void Machine::makeResult(ValueId v) {
  const Type& type = graph_.type(v);
  place(v) = {newBlock(static_cast<size_t>(type.bytes())), Layout::dense(type.shape)};
  if (definition(graph_.producer(v)).has(kPacks)) std::memset(data(v), 0, static_cast<size_t>(type.bytes()));
}

Operand Machine::dense(const Operand& from) {
  Operand to = from;
  to.layout = Layout::dense(from.layout.shape);
  to.address = {newBlock(static_cast<size_t>(to.layout.shape.size() * sizeOf(from.dtype))), 0};
  bindCopy(*this, from, to);
  return to;
}

Machine::Place Machine::viewed(const Node& node) {
  const Type& type = graph_.type(node.result());
  const Operand source = operandOf(node.inputs[0]);
  const std::optional<Layout> layout = definition(node).view(node, type, source.layout);
  if (layout) return {source.address.buffer, *layout};
  const Operand copy = dense(source);
  return {copy.address.buffer, *definition(node).view(node, type, copy.layout)};
}

void Machine::bindNode(const OpDef& op) {
  operands_.clear();
  for (size_t i = 0; i < node_->inputs.size(); ++i) {
    const Operand operand = operandOf(node_->inputs[i]);
    const bool accepted = op.acceptsLayout ? op.acceptsLayout(graph_, *node_, static_cast<int>(i), operand.layout)
                                           : operand.layout.isDense();
    operands_.push_back(accepted ? operand : dense(operand));
  }
  const size_t bytes = op.workspace ? op.workspace(*this) : 0;
  workspace_ = bytes > 0 ? BufferRef{newBlock(bytes), 0} : BufferRef{};
  int64_t fault = INT64_MAX;
  faultBlock_ = newBlock(sizeof fault);
  char* slot = blocks_.back()->data();
  std::memcpy(slot, &fault, sizeof fault);
  op.bind(*this);
  std::memcpy(&fault, slot, sizeof fault);
  lowestFault_ = std::min(lowestFault_, fault);
}

void Machine::fill(ValueId v, const std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); ++i) store(data(v), graph_.type(v).dtype, static_cast<int64_t>(i), values[i]);
}

Tensor Machine::tensor(ValueId v) {
  const Operand copy = dense(operandOf(v));
  Tensor t{graph_.type(v), {}};
  const char* at = blocks_[static_cast<size_t>(copy.address.buffer)]->data();
  for (int64_t i = 0; i < t.type.shape.size(); ++i) t.data.push_back(load(at, t.type.dtype, i));
  return t;
}

}  // namespace slalom::test
