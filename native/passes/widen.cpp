// The same function in f64: what a gradient is compared with differences of.
#include <cstring>

#include "passes.h"

#include "../ir/error.h"

namespace slalom {

namespace {

DType wide(DType dtype) { return dtype == DType::f32 ? DType::f64 : dtype; }

Bytes wideData(const Bytes& narrow) {
  const size_t count = narrow->size() / sizeof(float);
  auto data = std::make_shared<std::vector<uint8_t>>(count * sizeof(double));
  for (size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, narrow->data() + i * sizeof value, sizeof value);
    const auto same = static_cast<double>(value);
    std::memcpy(data->data() + i * sizeof same, &same, sizeof same);
  }
  return data;
}

// What an op that makes f32 is told: to make f64, if it can be told.
Attrs wideAttrs(const Graph& g, const Node& node) {
  Attrs attrs = node.attrs;
  if (g.type(node.result()).dtype != DType::f32) return attrs;
  for (const AttrSpec& spec : definition(node).attrs) {
    if (spec.name == "dtype") attrs.set("dtype", nameAttr(DType::f64));
    if (spec.kind == AttrSpec::bytes && attrs.find(spec.name)) attrs.set(spec.name, wideData(attrs.bytes(spec.name)));
  }
  return attrs;
}

class Widening {
 public:
  explicit Widening(const Graph& g) : g_(g), builder_(out_), map_(g.values.size(), kNoValue) { out_.scopes = g.scopes; }

  // Arguments of a program before its variables; of a region in their order.
  void declare(InputKind kind, bool all) {
    for (const Input& input : g_.inputs) {
      if (!all && input.kind != kind) continue;
      const Type& type = g_.type(input.value);
      map_[static_cast<size_t>(input.value)] =
          builder_.input(InputKind::argument, input.name, {wide(type.dtype), type.shape});
    }
  }

  Graph run() {
    for (const Node& node : g_.nodes) {
      if (map_[static_cast<size_t>(node.result())] == kNoValue) copy(node);
    }
    for (ValueId v : g_.outputs) out_.outputs.push_back(map_[static_cast<size_t>(v)]);
    return std::move(out_);
  }

 private:
  void copy(const Node& node) {
    std::vector<ValueId> inputs;
    for (ValueId v : node.inputs) inputs.push_back(map_[static_cast<size_t>(v)]);
    std::vector<std::shared_ptr<const Graph>> regions;
    for (const auto& region : node.regions) {
      Widening inner(*region);
      inner.declare(InputKind::argument, true);
      regions.push_back(std::make_shared<const Graph>(inner.run()));
    }
    builder_.setScope(node.scope);
    const ValueId first = builder_.emit(definition(node), std::move(inputs), wideAttrs(g_, node), std::move(regions));
    for (int k = 0; k < node.resultCount; ++k) {
      map_[static_cast<size_t>(node.result(k))] = builder_.cast(first + k, wide(g_.type(node.result(k)).dtype));
    }
  }

  const Graph& g_;
  Graph out_;
  Builder builder_;
  std::vector<ValueId> map_;
};

}  // namespace

Graph widened(const Graph& g) {
  Widening widening(g);
  widening.declare(InputKind::argument, false);
  widening.declare(InputKind::state, false);
  return widening.run();
}

}  // namespace slalom
