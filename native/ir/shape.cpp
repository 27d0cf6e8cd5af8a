#include "shape.h"

#include <algorithm>

#include "error.h"

namespace slalom {

namespace {
constexpr int64_t kMaxElements = int64_t{1} << 53;  // exact as a JavaScript number
}

int64_t Shape::size() const {
  int64_t product = 1;
  bool empty = false;
  for (int64_t d : dims_) {
    if (d == 0) empty = true;
  }
  if (empty) return 0;
  for (int64_t d : dims_) {
    if (d < 0 || product > kMaxElements / d) {
      throw Error::shape("shape " + toString() + " has a negative dimension or more than 2^53 elements");
    }
    product *= d;
  }
  return product;
}

std::vector<int64_t> Shape::strides() const {
  std::vector<int64_t> result(dims_.size());
  int64_t step = 1;
  for (int i = rank() - 1; i >= 0; --i) {
    result[static_cast<size_t>(i)] = step;
    step *= dims_[static_cast<size_t>(i)];
  }
  return result;
}

std::string Shape::toString() const {
  std::string text = "[";
  for (size_t i = 0; i < dims_.size(); ++i) {
    if (i) text += ", ";
    text += std::to_string(dims_[i]);
  }
  return text + "]";
}

std::string Type::toString() const { return std::string(nameOf(dtype)) + shape.toString(); }

Shape broadcastShapes(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::vector<int64_t> dims(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank());
    const int ib = i - (rank - b.rank());
    const int64_t da = ia < 0 ? 1 : a[ia];
    const int64_t db = ib < 0 ? 1 : b[ib];
    if (da != db && da != 1 && db != 1) {
      throw Error::shape("shapes " + a.toString() + " and " + b.toString() + " do not broadcast: axis " +
                         std::to_string(i - rank) + " is " + std::to_string(da) + " in one and " + std::to_string(db) +
                         " in the other");
    }
    dims[static_cast<size_t>(i)] = da == 1 ? db : da;
  }
  return Shape(std::move(dims));
}

int normalizeAxis(int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) {
    throw Error::shape("axis " + std::to_string(axis) + " is outside [" + std::to_string(-rank) + ", " +
                       std::to_string(rank) + ") of a tensor of rank " + std::to_string(rank));
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace slalom
