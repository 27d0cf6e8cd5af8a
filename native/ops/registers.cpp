#include "registers.h"

#include <algorithm>

namespace slalom {

namespace {

constexpr int kForever = 1 << 30;

bool isWide(const Graph& region) {
  const auto wide = [](const Value& value) { return value.type.dtype == DType::f64; };
  return std::any_of(region.values.begin(), region.values.end(), wide);
}

// Whether a value of type `from` already lies in its lane as one of type `to` would.
bool sameInLane(DType from, DType to, bool wide) {
  if (from == to || (from == DType::u8 && to == DType::i32)) return true;
  if (!wide) return false;
  return to == DType::f64 || (from == DType::boolean) || (from == DType::u8 && to == DType::f32);
}

bool isIdle(const Graph& region, const Node& node, bool wide) {
  const PointwiseCode code = pointwiseCode(node);
  const bool cast = code >= kCastF32 && code <= kCastF64;
  return cast && sameInLane(region.type(node.inputs[0]).dtype, region.type(node.result()).dtype, wide);
}

class Assigner {
 public:
  explicit Assigner(const Graph& region)
      : region_(region),
        roots_(region.values.size(), kNoValue),
        lastUse_(region.values.size(), -1),
        registers_(region.values.size(), -1) {
    program_.wide = isWide(region);
  }

  RegisterProgram run() {
    resolveRoots();
    findLastUses();
    for (size_t i = 0; i < region_.inputs.size(); ++i) {
      const ValueId v = region_.inputs[i].value;
      registers_[static_cast<size_t>(v)] = static_cast<int16_t>(i);
    }
    program_.registers = static_cast<int>(region_.inputs.size());
    for (size_t i = 0; i < region_.nodes.size(); ++i) {
      if (isStep(region_.nodes[i])) addStep(region_.nodes[i], static_cast<int>(i));
    }
    for (ValueId v : region_.outputs) program_.outputs.push_back(registerOf(v));
    return std::move(program_);
  }

 private:
  size_t root(ValueId v) const { return static_cast<size_t>(roots_[static_cast<size_t>(v)]); }
  int16_t registerOf(ValueId v) const { return registers_[root(v)]; }

  // A step is a node that computes, and whose result somebody reads.
  bool isStep(const Node& node) const {
    return !node.inputs.empty() && root(node.result()) == static_cast<size_t>(node.result()) &&
           lastUse_[root(node.result())] >= 0;
  }

  void resolveRoots() {
    for (const Input& input : region_.inputs) roots_[static_cast<size_t>(input.value)] = input.value;
    for (const Node& node : region_.nodes) {
      ValueId& mine = roots_[static_cast<size_t>(node.result())];
      if (mine != kNoValue) continue;
      mine = isIdle(region_, node, program_.wide) ? static_cast<ValueId>(root(node.inputs[0])) : node.result();
    }
  }

  void findLastUses() {
    for (ValueId v : region_.outputs) lastUse_[root(v)] = kForever;
    for (size_t i = region_.nodes.size(); i-- > 0;) {
      const Node& node = region_.nodes[i];
      if (!isStep(node)) continue;
      for (ValueId v : node.inputs) lastUse_[root(v)] = std::max(lastUse_[root(v)], static_cast<int>(i));
    }
  }

  void addStep(const Node& node, int index) {
    int16_t sources[3] = {-1, -1, -1};
    for (size_t j = 0; j < node.inputs.size(); ++j) sources[j] = registerOf(node.inputs[j]);
    const PointwiseCode code = pointwiseCode(node);
    const ValueId typical = node.inputs[code == kWhere ? 1 : 0];
    for (size_t j = 0; j < node.inputs.size(); ++j) release(node.inputs[j], index);
    const int16_t dst = take();
    registers_[root(node.result())] = dst;
    program_.steps.push_back(
        {code, laneOf(region_.type(typical).dtype, program_.wide), dst, sources[0], sources[1], sources[2]});
  }

  void release(ValueId v, int index) {
    if (lastUse_[root(v)] != index) return;
    lastUse_[root(v)] = -1;  // once, though read twice by one step
    if (registerOf(v) >= static_cast<int16_t>(region_.inputs.size())) free_.push_back(registerOf(v));
  }

  int16_t take() {
    if (free_.empty()) return static_cast<int16_t>(program_.registers++);
    const auto lowest = std::min_element(free_.begin(), free_.end());
    const int16_t reg = *lowest;
    free_.erase(lowest);
    return reg;
  }

  const Graph& region_;
  std::vector<ValueId> roots_;  // the value whose register a value shares
  std::vector<int> lastUse_;    // per root: index of a node, kForever, or -1 = none
  std::vector<int16_t> registers_;
  std::vector<int16_t> free_;
  RegisterProgram program_;
};

}  // namespace

Lane laneOf(DType dtype, bool wide) {
  if (wide) return kLaneF64;
  switch (dtype) {
    case DType::f32:
      return kLaneF32;
    case DType::boolean:
      return kLaneMask;
    default:
      return kLaneI32;
  }
}

RegisterProgram assignRegisters(const Graph& region) { return Assigner(region).run(); }

}  // namespace slalom
