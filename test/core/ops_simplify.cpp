// The rules that an op knows about itself: what they replace, and what they must leave alone.
#include <algorithm>
#include <cmath>

#include "ops/build.h"
#include "ops/rules.h"
#include "ops_evaluate.h"
#include "suites.h"

namespace slalom::test {

namespace {

using List = std::vector<int64_t>;

// A graph with a few inputs, on which rules are tried.
struct Bench {
  Graph g;
  Builder b{g};
  ValueId x = argument({DType::f32, {2, 3}}), y = argument({DType::f32, {2, 3}}),
          whole = argument({DType::i32, {2, 3}}), flag = argument({DType::boolean, {2, 3}}),
          cube = argument({DType::f32, {2, 3, 4}});

  ValueId argument(const Type& type) { return b.input(InputKind::argument, "", type); }
  ValueId number(double value, DType dtype = DType::f32) { return b.scalar(value, dtype); }

  // What the op of v's node makes of it: v itself if it keeps it.
  ValueId simplified(ValueId v) {
    const Node node = g.producer(v);
    if (!definition(node).simplify) return v;
    RewriteContext context{b, node};
    const std::vector<ValueId> values = definition(node).simplify(context);
    return values.empty() ? v : values[0];
  }

  void becomes(ValueId v, ValueId expected, const std::string& what) { checkEqual(simplified(v), expected, what); }
  void stays(ValueId v, const std::string& what) { becomes(v, v, what); }
};

void arithmetic() {
  Bench t;
  Builder& b = t.b;
  t.becomes(b.mul(t.x, t.number(1)), t.x, "x * 1");
  t.becomes(b.mul(t.number(1), t.x), t.x, "1 * x");
  t.becomes(b.div(t.x, t.number(1)), t.x, "x / 1");
  t.becomes(b.sub(t.x, t.number(0)), t.x, "x - 0");
  t.becomes(b.add(t.x, t.number(-0.0)), t.x, "x + -0");
  t.becomes(b.add(t.whole, t.number(0, DType::i32)), t.whole, "i32 + 0");
  t.becomes(b.neg(b.neg(t.x)), t.x, "-(-x)");
  t.stays(b.add(t.x, t.number(0)), "x + 0 turns -0 into 0");
  t.stays(b.sub(t.x, t.number(-0.0)), "x - -0 likewise");
  t.stays(b.mul(t.x, t.number(0)), "x * 0 is NaN for infinite x");
  t.stays(b.sub(t.x, t.x), "x - x is NaN for infinite x");
  t.stays(b.mul(t.x, t.y), "x * y");
  t.stays(b.emit("pow", {t.x, t.number(1)}), "pow rounds by itself");
}

void selection() {
  Bench t;
  Builder& b = t.b;
  t.becomes(b.where(t.flag, t.x, t.x), t.x, "equal branches");
  const ValueId yes = b.full(1, {DType::boolean, {2, 3}}), no = b.full(0, {DType::boolean, {2, 3}});
  t.becomes(b.where(yes, t.x, t.y), t.x, "always");
  t.becomes(b.where(no, t.x, t.y), t.y, "never");
  t.becomes(b.emit("cast", {t.x}, {{"dtype", "f32"}}), t.x, "cast to the same");
  t.stays(b.emit("cast", {t.x}, {{"dtype", "f64"}}), "cast to another");
  const ValueId inverted = b.emit("logicalNot", {t.flag});
  t.becomes(b.emit("logicalNot", {inverted}), t.flag, "not not");
}

void views() {
  Bench t;
  Builder& b = t.b;
  t.becomes(b.emit("reshape", {t.x}, {{"shape", List{2, -1}}}), t.x, "reshape to the same");
  const ValueId back = t.simplified(b.reshape(b.reshape(t.x, {6}), {3, 2}));
  checkEqual(t.g.producer(back).inputs[0], t.x, "reshape of reshape");
  t.becomes(b.reshape(b.reshape(t.x, {6}), {2, 3}), t.x, "reshape there and back");
  t.becomes(b.transpose(t.x, {0, 1}), t.x, "no transpose");
  t.becomes(b.transpose(b.transpose(t.cube, {1, 2, 0}), {2, 0, 1}), t.cube, "transpose there and back");
  const ValueId composed = t.simplified(b.transpose(b.transpose(t.cube, {1, 2, 0}), {1, 0, 2}));
  checkEqual(t.g.producer(composed).attrs.integers("axes"), List({2, 1, 0}), "transpose of transpose");
  t.becomes(b.emit("broadcast", {t.x}, {{"shape", List{2, 3}}}), t.x, "broadcast to the same");
  const ValueId wider = t.simplified(b.broadcast(b.broadcast(t.x, {4, 2, 3}), {5, 4, 2, 3}));
  checkEqual(t.g.producer(wider).inputs[0], t.x, "broadcast of broadcast");
  const ValueId one = t.number(1);
  const ValueId reshaped = t.simplified(b.reshape(b.broadcast(one, {2, 3}), {6}));
  checkEqual(t.g.producer(reshaped).inputs[0], one, "reshape of a broadcast scalar");
  t.becomes(b.emit("slice", {t.x}, {{"begin", List{0, 0}}, {"end", List{2, 3}}}), t.x, "slice of the whole");
  t.stays(b.emit("slice", {t.x}, {{"begin", List{0, 0}}, {"end", List{2, 2}}}), "slice of a part");
  const ValueId flipped = b.emit("flip", {t.x}, {{"axes", List{1}}});
  t.becomes(b.emit("flip", {flipped}, {{"axes", List{-1}}}), t.x, "flip twice");
  t.stays(b.emit("flip", {flipped}, {{"axes", List{0}}}), "flip along two axes");
  t.becomes(b.emit("concat", {t.x}, {{"axis", int64_t{0}}}), t.x, "concat of one");
  t.becomes(b.emit("pad", {t.x}, {{"low", List{0, 0}}, {"high", List{0, 0}}, {"value", 0.0}}), t.x, "no padding");
  t.stays(b.emit("stopGradient", {t.x}), "stopGradient must outlive the gradient");
  const ValueId packed = b.pack({t.x, t.y});
  t.becomes(b.unpack(packed, 16, {2, 3}), t.y, "a piece out of its own pack");
  t.stays(b.unpack(packed, 0, {2}), "a part of a piece");
}

std::vector<double> values(const Graph& g, ValueId v, const std::vector<Tensor>& inputs) {
  Graph copy = g;
  copy.outputs = {v};
  return evaluate(copy, inputs)[0].data;
}

void reductions() {
  Bench t;
  Builder& b = t.b;
  for (bool keep : {false, true}) {
    const ValueId whole = b.sum(t.cube, {0, 2}, keep);
    const ValueId split = t.simplified(whole);
    check(split != whole, "axes apart are reduced one after the other");
    checkEqual(b.type(split).toString(), b.type(whole).toString());
    std::vector<Tensor> inputs;
    for (const Input& input : t.g.inputs) {
      inputs.push_back({b.type(input.value), {}});
      for (int64_t i = 0; i < b.shape(input.value).size(); ++i)
        inputs.back().data.push_back(static_cast<double>(i * i % 7));
    }
    checkEqual(values(t.g, split, inputs), values(t.g, whole, inputs));
  }
  t.stays(b.sum(t.cube, {1, 2}), "adjacent axes");
  const ValueId thin = t.argument({DType::f32, {2, 1, 3}});
  t.stays(b.sum(thin, {0, 2}), "an axis of size 1 between joins them");
  const ValueId one = t.simplified(b.sum(thin, {1}));
  checkEqual(t.g.producer(one).op->name, std::string_view("add"), "the sum of one is itself");
  check(!std::signbit(splatValue(t.g, t.g.producer(one).inputs[1]).value_or(-1)), "but that of -0 is +0");
  const ValueId single = t.simplified(b.emit("max", {thin}, {{"axes", List{1}}}));
  checkEqual(t.g.producer(single).inputs[0], thin, "the maximum of one is itself");
}

void products() {
  Bench t;
  Builder& b = t.b;
  const ValueId v = t.simplified(b.matmul(b.transpose(t.x, {1, 0}), t.y));
  check(t.g.producer(v).inputs[0] == t.x && t.g.producer(v).attrs.flag("transposeA"), "a transposed");
  const ValueId u = t.simplified(b.matmul(t.x, b.transpose(t.y, {1, 0}), false, false));
  check(t.g.producer(u).inputs[1] == t.y && t.g.producer(u).attrs.flag("transposeB"), "b transposed");
  const ValueId w = t.simplified(b.matmul(b.transpose(t.x, {1, 0}), t.y, true, true));
  check(!t.g.producer(w).attrs.flag("transposeA"), "transposed twice");
  const ValueId high =
      t.simplified(b.emit("matmul", {b.transpose(t.x, {1, 0}), t.y}, {{"precision", std::string("high")}}));
  checkEqual(t.g.producer(high).attrs.text("precision"), std::string("high"), "the precision stays");
  const ValueId swapped = b.transpose(t.cube, {1, 0, 2});
  t.stays(b.matmul(swapped, swapped, false, true), "another transpose");
}

void constants() {
  Bench t;
  Builder& b = t.b;
  const ValueId filled = b.emit("constant", {}, {{"value", 2.0}, {"dtype", "f32"}, {"shape", List{4, 5}}});
  const ValueId small = t.simplified(filled);
  checkEqual(t.g.producer(small).op->name, std::string_view("broadcast"), "one element serves every shape");
  checkEqual(*splatValue(t.g, b.transpose(b.reshape(small, {2, 10}), {1, 0})), 2.0, "seen through views");
  checkEqual(*splatValue(t.g, t.number(0.1)), static_cast<double>(0.1f), "rounded to its dtype");
  check(!splatValue(t.g, t.x));
}

void layouts() {
  const auto viewOf = [](ValueId v, const Graph& g, const Layout& input) {
    const Node& node = g.producer(v);
    return definition(node).view(node, g.type(v), input);
  };
  Bench t;
  const Layout sideways{0, {4, 6}, {1, 4}};
  const ValueId matrix = t.argument({DType::f32, {4, 6}});
  check(!viewOf(t.b.reshape(matrix, {24}), t.g, sideways), "a transposed matrix has no flat view");
  const std::optional<Layout> split = viewOf(t.b.reshape(matrix, {2, 2, 1, 3, 2}), t.g, sideways);
  check(split.has_value() && split->strides[0] == 2 && split->strides[1] == 1 && split->strides[3] == 8 &&
            split->strides[4] == 4,
        "but its axes can be split");
  const Layout repeated{0, {4, 6}, {0, 1}};
  check(!viewOf(t.b.reshape(matrix, {24}), t.g, repeated), "repeated rows have no flat view");
  checkEqual(viewOf(t.b.reshape(matrix, {24}), t.g, {3, {4, 6}, {0, 0}})->strides, List({0}),
             "a repeated element has one");
  const ValueId tail = t.b.emit("slice", {matrix}, {{"begin", List{1, 2}}, {"end", List{4, 6}}, {"step", List{2, 3}}});
  const std::optional<Layout> part = viewOf(tail, t.g, Layout::dense({4, 6}));
  checkEqual(part->offset, int64_t{8});
  checkEqual(part->strides, List({12, 3}));
  check(Layout{0, {3, 1, 2}, {2, 77, 1}}.isDense() && !Layout{0, {3, 2}, {3, 1}}.isDense());
  checkEqual(packOffsets({6, 16, 0, 17}), List({0, 16, 32, 32, 64}));
}

}  // namespace

Tests opsSimplifyTests() {
  return {{"ops simplify: arithmetic", arithmetic}, {"ops simplify: selection", selection},
          {"ops simplify: views", views},           {"ops simplify: reductions", reductions},
          {"ops simplify: products", products},     {"ops simplify: constants", constants},
          {"ops simplify: layouts", layouts}};
}

}  // namespace slalom::test
