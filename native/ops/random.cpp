// Draws. The key names the draw; the step, an input, counts runs: the same key and step give
// the same numbers, so recomputation replays them.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

Types inferRandom(const InferContext& c) {
  const Type type{c.attrs.find("dtype") ? dtypeNamed(c.attrs.text("dtype")) : DType::f32, shapeAttr(c.attrs)};
  requireFloat(type);
  requireIndex(c.inputs[0]);
  if (c.inputs[0].shape.rank() != 0) throw Error::shape("expected a scalar step, found " + c.inputs[0].toString());
  return {type};
}

void bindRandom(Bind& bind, RandomKind kind, double low, double high) {
  const Operand out = bind.result();
  if (out.layout.shape.size() == 0) return;
  auto* args = bind.args<RandomArgs>();
  args->key = static_cast<uint64_t>(bind.node().attrs.integer("key"));
  args->count = out.layout.shape.size();
  args->low = low;
  args->high = high;
  args->kind = kind;
  args->storage = storageOf(out.dtype);
  bind.link(&args->out, out.address);
  bind.link(&args->step, bind.input(0).address);
  CallPlan plan{};
  bind.kernels().planRandom(args, &plan);
  bind.calls(plan);
}

void bindUniform(Bind& bind) {
  bindRandom(bind, kRandomUniform, bind.node().attrs.number("low"), bind.node().attrs.number("high"));
}

void bindNormal(Bind& bind) {
  bindRandom(bind, kRandomNormal, bind.node().attrs.number("mean"), bind.node().attrs.number("deviation"));
}

constexpr AttrSpec kUniformAttrs[] = {{AttrSpec::integer, "key"},
                                      {AttrSpec::integers, "shape"},
                                      {AttrSpec::number, "low"},
                                      {AttrSpec::number, "high"},
                                      {AttrSpec::text, "dtype", false}};
constexpr AttrSpec kNormalAttrs[] = {{AttrSpec::integer, "key"},
                                     {AttrSpec::integers, "shape"},
                                     {AttrSpec::number, "mean"},
                                     {AttrSpec::number, "deviation"},
                                     {AttrSpec::text, "dtype", false}};

constexpr OpDef randomOp(std::string_view name, AttrList attrs, void (*bind)(Bind&), std::string_view doc) {
  OpDef op;
  op.name = name;
  op.traits = kRandom | kNoGradient;
  op.attrs = attrs;
  op.doc = doc;
  op.infer = inferRandom;
  op.bind = bind;
  return op;
}

}  // namespace

const OpDef randomUniform =
    randomOp("randomUniform", kUniformAttrs, bindUniform, "uniform in [low, high); input: the i32 step");
const OpDef randomNormal =
    randomOp("randomNormal", kNormalAttrs, bindNormal, "normal by mean and deviation; input: the i32 step");

}  // namespace slalom::ops
