// The printed plan: what runs in which order, where results lie, what is fused into what.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "passes.h"

namespace slalom {

namespace {

std::string withCommas(int64_t n) {
  std::string text = std::to_string(n);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), ",");
  return text;
}

struct Row {
  std::string value, bytes, place, what;
};

class PlanPrinter {
 public:
  PlanPrinter(const Graph& g, const Schedule& s, const MemoryPlan& m) : g_(g), s_(s), m_(m) {}

  std::string run() {
    addInputs();
    section("compute");
    for (size_t p = 0; p < s_.order.size(); ++p) {
      if (p == s_.commitBegin) beginCommits();
      addNode(s_.order[p], static_cast<int32_t>(p));
    }
    if (s_.commitBegin == s_.order.size()) beginCommits();
    for (const MemoryPlan::Copy& copy : m_.commits) addCopy("copy", copy);
    section("always");
    for (const MemoryPlan::Copy& copy : m_.unguarded) addCopy("copy", copy);
    flush();
    addEnds();
    return std::move(text_);
  }

 private:
  const Node& nodeAt(int32_t index) const { return g_.nodes[static_cast<size_t>(index)]; }
  const MemoryPlan::Place& placeOf(ValueId v) const { return m_.places[static_cast<size_t>(v)]; }
  const Buffer& bufferAt(BufferRef at) const { return m_.buffers[static_cast<size_t>(at.buffer)]; }
  bool isCopied(const Node& node) const { return node.op->has(kView) && placeOf(node.result()).materialize; }

  // A section without rows is not printed.
  void section(const std::string& name) {
    flush();
    name_ = name;
  }

  void flush() {
    Row width;
    for (const Row& row : rows_) {
      if (row.value.size() > width.value.size()) width.value = row.value;
      if (row.bytes.size() > width.bytes.size()) width.bytes = row.bytes;
      if (row.place.size() > width.place.size()) width.place = row.place;
    }
    const auto pad = [](const std::string& text, const std::string& to) {
      return text + std::string(to.size() - std::min(to.size(), text.size()) + 2, ' ');
    };
    if (!rows_.empty()) text_ += name_ + "\n";
    for (const Row& row : rows_) {
      std::string line = "  " + pad(row.value, width.value) + std::string(width.bytes.size() - row.bytes.size(), ' ') +
                         row.bytes + "  " + pad(row.place, width.place) + row.what;
      line.erase(line.find_last_not_of(' ') + 1);
      text_ += line + "\n";
    }
    rows_.clear();
  }

  std::string name(ValueId v) const { return "%" + std::to_string(v); }
  std::string typed(ValueId v) const { return name(v) + " " + g_.type(v).toString(); }
  std::string bytes(const Type& type) const { return withCommas(type.bytes()) + " B"; }

  std::string address(BufferRef at) const {
    const Buffer& buffer = bufferAt(at);
    switch (buffer.kind) {
      case BufferKind::arena:
        return "arena+" + withCommas(buffer.offset + at.offset);
      case BufferKind::zeroed:
        return "packs+" + withCommas(buffer.offset + at.offset);
      case BufferKind::argument:
        return "argument " + std::to_string(buffer.index) + "+" + withCommas(at.offset);
      case BufferKind::state:
        return "variables " + std::to_string(buffer.index) + "+" + withCommas(at.offset);
      case BufferKind::constant:
        return "constants+" + withCommas(buffer.offset + at.offset);
    }
    return "";
  }

  // An operand through its views, "broadcast(%3)"; the number itself where it repeats one constant.
  std::string operand(ValueId v) const {
    if (const std::optional<double> value = splatValue(g_, v)) return numberText(*value, g_.type(v).dtype);
    const Node& node = g_.producer(v);
    if (!node.op->has(kView) || isCopied(node)) return name(v);
    return std::string(node.op->name) + "(" + operand(node.inputs[0]) + ")";
  }

  // The shortest text that reads back as the same number of that type.
  static std::string numberText(double value, DType dtype) {
    char text[32];
    for (int digits = 1; digits <= 17; ++digits) {
      std::snprintf(text, sizeof text, "%.*g", digits, value);
      const double back = std::strtod(text, nullptr);
      if (back == value || (dtype == DType::f32 && static_cast<float>(back) == static_cast<float>(value))) break;
    }
    return text;
  }

  std::string operands(const Node& node) const {
    std::string text;
    for (ValueId v : node.inputs) text += (text.empty() ? "" : ", ") + operand(v);
    return "(" + text + ")";
  }

  void addInputs() {
    section("inputs");
    for (const Input& input : g_.inputs) {
      rows_.push_back(
          {typed(input.value), bytes(g_.type(input.value)), address(placeOf(input.value).base), input.name});
    }
  }

  void addNode(int32_t index, int32_t position) {
    const Node& node = nodeAt(index);
    if ((node.op->has(kView) && !isCopied(node)) || node.op->has(kSource)) return;
    std::string what = (isCopied(node) ? "copy of " : "") + opText(node) + operands(node) + attributesText(node.attrs);
    if (!g_.path(node).empty()) what += "  # " + g_.path(node);
    for (int k = 0; k < node.resultCount; ++k) {
      const BufferRef at = placeOf(node.result(k)).base;
      std::string place = at.valid() ? address(at) + reuse(at, position) : "nowhere";
      rows_.push_back({typed(node.result(k)), bytes(g_.type(node.result(k))), std::move(place), std::move(what)});
      what.clear();
    }
    addBody(index);
  }

  std::string reuse(BufferRef at, int32_t position) const {
    const bool arena = bufferAt(at).kind == BufferKind::arena;
    return arena && m_.lifetimes[static_cast<size_t>(at.buffer)].first < position ? " in place" : "";
  }

  void addBody(int32_t index) {
    const auto body = m_.bodies.find(index);
    if (body == m_.bodies.end()) return;
    flush();
    const std::string& text = body->second->text;
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      text_ += "    | " + text.substr(at, end - at) + "\n";
      at = end + 1;
    }
    name_ += ", continued";
  }

  void addCopy(const std::string& what, const MemoryPlan::Copy& copy) {
    const Type type{copy.to.dtype, copy.to.layout.shape};
    rows_.push_back(
        {type.toString(), bytes(type), address(copy.to.address), what + " of " + address(copy.from.address)});
  }

  void beginCommits() {
    for (const MemoryPlan::Copy& copy : m_.staged) addCopy("kept copy", copy);
    section(g_.guards.empty() ? "commits" : "commits, if" + guards());
  }

  std::string guards() const {
    std::string text;
    for (ValueId v : g_.guards) text += " " + name(v);
    return text;
  }

  void addEnds() {
    std::string outputs;
    for (size_t i = 0; i < g_.outputs.size(); ++i) {
      outputs += (i ? ", " : "return ") + typed(g_.outputs[i]) + " at " + address(m_.outputs[i]);
    }
    if (!outputs.empty()) text_ += outputs + "\n";
    text_ += "memory: arena " + withCommas(m_.arenaBytes) + " B, packs " + withCommas(m_.zeroedBytes) +
             " B, constants " + withCommas(static_cast<int64_t>(m_.constants.size())) + " B\n";
  }

  const Graph& g_;
  const Schedule& s_;
  const MemoryPlan& m_;
  std::string name_, text_;
  std::vector<Row> rows_;
};

}  // namespace

std::string planText(const Graph& g, const Schedule& s, const MemoryPlan& m) { return PlanPrinter(g, s, m).run(); }

std::string opText(const Node& node) {
  if (node.regions.empty() || node.op->has(kLoop)) return std::string(node.op->name);
  std::string inside;
  for (const Node& fused : node.regions[0]->nodes) {
    if (!fused.inputs.empty()) inside += (inside.empty() ? "" : " + ") + std::string(fused.op->name);
  }
  if (node.op->has(kPointwise)) return inside;
  const std::string own(node.op->name);
  return node.op->has(kReduction) ? inside + " + " + own : own + " + " + inside;
}

}  // namespace slalom
