#include "ir/attrs.h"
#include "ir/error.h"
#include "ir/shape.h"
#include "suites.h"

namespace slalom::test {

namespace {

void sizes() {
  checkEqual(Shape{}.size(), 1);
  checkEqual(Shape({2, 0, 3}).size(), 0);
  checkEqual(Shape({int64_t{1} << 40, 0}).size(), 0);
  checkEqual(Shape({1 << 20, 1 << 20}).size(), int64_t{1} << 40);
  checkThrows([] { Shape({int64_t{1} << 40, int64_t{1} << 40}).size(); }, "2^53");
  checkEqual(Shape({2, 3, 4}).strides(), std::vector<int64_t>({12, 4, 1}));
  checkEqual(Type{DType::boolean, {2, 3}}.toString(), std::string("bool[2, 3]"));
}

void broadcasting() {
  checkEqual(broadcastShapes({3, 1}, {4}), Shape({3, 4}));
  checkEqual(broadcastShapes({}, {2}), Shape({2}));
  checkEqual(broadcastShapes({0, 1}, {1, 5}), Shape({0, 5}));
  checkThrows([] { broadcastShapes({2, 3}, {2, 4}); }, "axis -1 is 3 in one and 4 in the other");
}

void axes() {
  checkEqual(normalizeAxis(-1, 3), 2);
  checkThrows([] { normalizeAxis(3, 3); }, "axis 3 is outside [-3, 3)");
}

void attributes() {
  Attrs a{{"x", int64_t{1}}, {"y", 0.5}};
  const Attrs b{{"y", 0.5}, {"x", int64_t{1}}};
  check(a == b && a.hash() == b.hash(), "order does not count");
  a.set("x", int64_t{2});
  check(!(a == b));
  checkEqual(a.number("x"), 2.0);
  checkEqual(a.toString(), std::string("x=2, y=0.5"));
  checkThrows([&] { a.flag("x"); }, "attribute 'x'");
}

}  // namespace

Tests irTests() {
  return {{"ir: sizes", sizes}, {"ir: broadcasting", broadcasting}, {"ir: axes", axes}, {"ir: attributes", attributes}};
}

}  // namespace slalom::test
