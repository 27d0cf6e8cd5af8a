// customGradient: a function with a gradient of the user's own.
//
// regions[0]  forward: inputs -> results
// regions[1]  backward: (inputs, results, cotangents of the results) -> one gradient an input;
//             those of inputs that are not floats are ignored
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

void checkArguments(const Graph& region, const Types& expected, const char* name) {
  if (region.inputs.size() != expected.size()) {
    throw Error::value(std::string(name) + " takes " + std::to_string(region.inputs.size()) + " arguments, expected " +
                       std::to_string(expected.size()));
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const Type found = region.type(region.inputs[i].value);
    if (found == expected[i]) continue;
    throw Error::shape("argument " + std::to_string(i) + " of " + name + " is " + found.toString() + ", expected " +
                       expected[i].toString());
  }
}

Types inferCustom(const InferContext& c) {
  if (c.regions.size() != 2) throw Error::value("expected 2 regions, found " + std::to_string(c.regions.size()));
  const Graph& forward = *c.regions[0];
  const Graph& backward = *c.regions[1];
  checkArguments(forward, c.inputs, "forward");
  Types results;
  for (ValueId v : forward.outputs) results.push_back(forward.type(v));
  if (results.empty()) throw Error::value("forward returns nothing");
  Types arguments = c.inputs;
  for (int copies = 0; copies < 2; ++copies) arguments.insert(arguments.end(), results.begin(), results.end());
  checkArguments(backward, arguments, "backward");
  if (backward.outputs.size() != c.inputs.size()) {
    throw Error::value("backward returns " + std::to_string(backward.outputs.size()) + " gradients, expected " +
                       std::to_string(c.inputs.size()));
  }
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const Type found = backward.type(backward.outputs[i]);
    if (!isFloat(c.inputs[i].dtype) || found == c.inputs[i]) continue;
    throw Error::shape("gradient " + std::to_string(i) + " of backward is " + found.toString() + ", expected " +
                       c.inputs[i].toString());
  }
  return results;
}

Values customVjp(VjpContext& c) {
  Values arguments = c.node.inputs;
  for (int i = 0; i < c.node.resultCount; ++i) arguments.push_back(c.result(i));
  for (int i = 0; i < c.node.resultCount; ++i) {
    arguments.push_back(c.cotangent(i) == kNoValue ? c.b.like(0, c.result(i)) : c.cotangent(i));
  }
  Values gradients = c.b.inlineRegion(*c.node.regions[1], arguments);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!c.needed[i] || !isFloat(c.b.dtype(c.node.inputs[i]))) gradients[i] = kNoValue;
  }
  return gradients;
}

Values decomposeCustom(RewriteContext& c) { return c.b.inlineRegion(*c.node.regions[0], c.node.inputs); }

constexpr OpDef customGradientOp() {
  OpDef op;
  op.name = "customGradient";
  op.traits = kRegion;
  op.maxInputs = -1;
  op.doc = "a forward region with a backward region as its gradient";
  op.infer = inferCustom;
  op.vjp = customVjp;
  op.decompose = decomposeCustom;
  return op;
}

}  // namespace

const OpDef customGradient = customGradientOp();

}  // namespace slalom::ops
