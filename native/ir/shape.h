// Static shapes: int64 dimensions, row-major, products checked against overflow.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "dtype.h"

namespace slalom {

constexpr int kMaxShapeRank = 8;

class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<int64_t> dims) : dims_(std::move(dims)) {}

  int rank() const { return static_cast<int>(dims_.size()); }
  int64_t operator[](int axis) const { return dims_[static_cast<size_t>(axis)]; }
  int64_t& operator[](int axis) { return dims_[static_cast<size_t>(axis)]; }
  const std::vector<int64_t>& dims() const { return dims_; }
  bool operator==(const Shape& other) const { return dims_ == other.dims_; }
  bool operator!=(const Shape& other) const { return dims_ != other.dims_; }

  // Product of the dimensions; throws ShapeError when it passes 2^53.
  int64_t size() const;
  // Row-major strides in elements.
  std::vector<int64_t> strides() const;
  std::string toString() const;  // "[2, 3]"

 private:
  std::vector<int64_t> dims_;
};

struct Type {
  DType dtype = DType::f32;
  Shape shape;

  bool operator==(const Type& o) const { return dtype == o.dtype && shape == o.shape; }
  bool operator!=(const Type& o) const { return !(*this == o); }
  int64_t bytes() const { return shape.size() * sizeOf(dtype); }
  std::string toString() const;  // "f32[2, 3]"
};

// NumPy broadcasting of two shapes; throws ShapeError.
Shape broadcastShapes(const Shape& a, const Shape& b);

// An axis in [-rank, rank) as one in [0, rank); throws ShapeError.
int normalizeAxis(int64_t axis, int rank);

}  // namespace slalom
