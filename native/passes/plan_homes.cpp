#include "plan_homes.h"

#include <algorithm>
#include <cstring>

#include "donation.h"

namespace slalom {

namespace {

int64_t roundUp(int64_t bytes) { return (bytes + 63) / 64 * 64; }

template <typename T>
void fill(uint8_t* at, int64_t count, double value) {
  const T element = static_cast<T>(value);
  for (int64_t i = 0; i < count; ++i) std::memcpy(at + static_cast<size_t>(i) * sizeof(T), &element, sizeof(T));
}

void writeConstant(const Node& node, const Type& type, uint8_t* at) {
  if (node.attrs.find("data")) {
    const std::vector<uint8_t>& data = *node.attrs.bytes("data");
    if (!data.empty()) std::memcpy(at, data.data(), data.size());
    return;
  }
  const double value = node.attrs.number("value");
  const int64_t count = type.shape.size();
  if (type.dtype == DType::f32) fill<float>(at, count, value);
  if (type.dtype == DType::f64) fill<double>(at, count, value);
  if (type.dtype == DType::i32) fill<int32_t>(at, count, value);
  if (type.dtype == DType::boolean || type.dtype == DType::u8) fill<uint8_t>(at, count, value);
}

class HomePlanner {
 public:
  explicit HomePlanner(PlanContext& c) : c_(c), variable_(c.g.values.size(), -1) {
    homes_.of.resize(c.g.values.size());
    int32_t variables = 0;
    for (const Input& input : c.g.inputs) {
      if (input.kind == InputKind::state) variable_[static_cast<size_t>(input.value)] = variables++;
    }
  }

  Homes run() {
    placeArguments();
    for (const Commit& commit : c_.g.commits) placeStatePack(c_.g.producer(commit.target));
    for (int32_t index : c_.s.order) placeStatePack(c_.node(index));
    placeSingleStates();
    placeConstants();
    for (int32_t index : c_.s.order) placePack(c_.node(index));
    donate(c_, homes_);
    return std::move(homes_);
  }

 private:
  BufferRef& home(ValueId v) { return homes_.of[static_cast<size_t>(v)]; }

  int32_t variableOf(ValueId v) const { return variable_[static_cast<size_t>(v)]; }
  bool isFreeState(ValueId v) { return variableOf(v) >= 0 && !home(v).valid(); }

  void placeArguments() {
    for (size_t i = 0; i < c_.g.inputs.size(); ++i) {
      const Input& input = c_.g.inputs[i];
      if (input.kind != InputKind::argument) continue;
      const int32_t index = static_cast<int32_t>(i);
      home(input.value) = {c_.addBuffer(BufferKind::argument, c_.bytes(input.value), 0, index), 0};
    }
  }

  StateBlock& addBlock(int64_t bytes) {
    const auto index = static_cast<int32_t>(c_.plan.stateBlocks.size());
    c_.plan.stateBlocks.push_back({{}, bytes, c_.addBuffer(BufferKind::state, bytes, 0, index)});
    return c_.plan.stateBlocks.back();
  }

  void addMember(StateBlock& block, ValueId v, int64_t offset) {
    block.members.push_back({variableOf(v), offset});
    home(v) = {block.buffer, offset};
  }

  void placeStatePack(const Node& node) {
    if (!node.op->has(kPacks) || home(node.result()).valid()) return;
    std::vector<ValueId> sorted = node.inputs;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return;
    if (!std::all_of(sorted.begin(), sorted.end(), [&](ValueId v) { return isFreeState(v); })) return;
    StateBlock& block = addBlock(c_.bytes(node.result()));
    const int64_t size = c_.elementSize(node.result());
    const std::vector<int64_t> offsets = definition(node).pieceOffsets(c_.g, node);
    for (size_t i = 0; i < node.inputs.size(); ++i) addMember(block, node.inputs[i], offsets[i] * size);
    home(node.result()) = {block.buffer, 0};
  }

  void placeSingleStates() {
    for (const Input& input : c_.g.inputs) {
      if (isFreeState(input.value)) addMember(addBlock(c_.bytes(input.value)), input.value, 0);
    }
  }

  void placeConstants() {
    for (int32_t index : c_.s.order) {
      const Node& node = c_.node(index);
      if (!node.op->has(kSource) || home(node.result()).valid()) continue;
      const int64_t bytes = c_.bytes(node.result()), offset = roundUp(static_cast<int64_t>(c_.plan.constants.size()));
      c_.plan.constants.resize(static_cast<size_t>(offset + bytes));
      writeConstant(node, c_.g.type(node.result()), c_.plan.constants.data() + offset);
      home(node.result()) = {c_.addBuffer(BufferKind::constant, bytes, offset, 0), 0};
    }
  }

  // A pack gets memory of its own, zero between the pieces, and its pieces are made in it.
  void placePack(const Node& node) {
    if (!node.op->has(kPacks) || home(node.result()).valid()) return;
    const int64_t bytes = c_.bytes(node.result());
    const int32_t buffer = c_.addBuffer(BufferKind::zeroed, bytes, c_.plan.zeroedBytes, 0);
    c_.plan.zeroedBytes += roundUp(bytes);
    home(node.result()) = {buffer, 0};
    const std::vector<int64_t> offsets = definition(node).pieceOffsets(c_.g, node);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId root = c_.root(node.inputs[i]);
      const Node& producer = c_.g.producer(root);
      if (home(root).valid() || producer.op->has(kPacks) || !c_.isWhole(node.inputs[i])) continue;
      home(root) = {buffer, offsets[i] * c_.elementSize(root)};
    }
  }

  PlanContext& c_;
  Homes homes_;
  std::vector<int32_t> variable_;  // per value: how many state inputs come before it, else -1
};

}  // namespace

int32_t PlanContext::addBuffer(BufferKind kind, int64_t size, int64_t offset, int32_t index) {
  plan.buffers.push_back({kind, size, offset, index});
  plan.lifetimes.push_back({0, static_cast<int32_t>(s.order.size())});
  return static_cast<int32_t>(plan.buffers.size()) - 1;
}

Homes planHomes(PlanContext& c) { return HomePlanner(c).run(); }

}  // namespace slalom
