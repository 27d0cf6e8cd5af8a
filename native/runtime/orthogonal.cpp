#include <cmath>

#include "../ir/error.h"
#include "random.h"

namespace slalom {

namespace {

// A dense [rows, cols] matrix, rows >= cols, whose columns become orthonormal by Householder
// reflections. Additions, products, quotients and square roots of doubles only, in a fixed order.
class Householder {
 public:
  Householder(int64_t rows, int64_t cols)
      : rows_(rows),
        cols_(cols),
        a_(cells()),
        v_(static_cast<size_t>(rows)),
        dots_(static_cast<size_t>(cols)),
        signs_(static_cast<size_t>(cols)),
        lengths_(static_cast<size_t>(cols)) {}

  double& at(int64_t r, int64_t c) { return a_[static_cast<size_t>(r * cols_ + c)]; }

  // The first columns of the product of all reflections, each with the sign of R's diagonal.
  std::vector<double> orthonormal() {
    for (int64_t k = 0; k < cols_; ++k) reflect(k);
    std::vector<double> q(cells());
    for (int64_t k = 0; k < cols_; ++k) q[static_cast<size_t>(k * cols_ + k)] = 1;
    for (int64_t k = cols_; k-- > 0;) {
      load(k);
      apply(k, q.data(), k);
    }
    for (int64_t r = 0; r < rows_; ++r) {
      for (int64_t c = 0; c < cols_; ++c) q[static_cast<size_t>(r * cols_ + c)] *= signs_[static_cast<size_t>(c)];
    }
    return q;
  }

 private:
  size_t cells() const { return static_cast<size_t>(rows_ * cols_); }

  void load(int64_t k) {
    for (int64_t r = k; r < rows_; ++r) v_[static_cast<size_t>(r)] = at(r, k);
  }

  // Column k becomes its reflector; the columns to its right are reflected.
  void reflect(int64_t k) {
    double square = 0;
    for (int64_t r = k; r < rows_; ++r) square += at(r, k) * at(r, k);
    const double head = at(k, k), norm = std::sqrt(square);
    const double diagonal = head > 0 ? -norm : norm;
    signs_[static_cast<size_t>(k)] = diagonal < 0 ? -1 : 1;
    at(k, k) = head - diagonal;
    lengths_[static_cast<size_t>(k)] = 2 * norm * std::abs(at(k, k));  // v'v
    load(k);
    apply(k, a_.data(), k + 1);
  }

  // m -= 2 v (v' m) / (v' v) on columns from `first`, along the rows of memory.
  void apply(int64_t k, double* m, int64_t first) {
    const double length = lengths_[static_cast<size_t>(k)];
    if (length == 0) return;
    double* dots = dots_.data();
    for (int64_t c = first; c < cols_; ++c) dots[c] = 0;
    for (int64_t r = k; r < rows_; ++r) {
      const double x = v_[static_cast<size_t>(r)];
      const double* row = m + r * cols_;
      for (int64_t c = first; c < cols_; ++c) dots[c] += x * row[c];
    }
    for (int64_t c = first; c < cols_; ++c) dots[c] = 2 * dots[c] / length;
    for (int64_t r = k; r < rows_; ++r) {
      const double x = v_[static_cast<size_t>(r)];
      double* row = m + r * cols_;
      for (int64_t c = first; c < cols_; ++c) row[c] -= dots[c] * x;
    }
  }

  int64_t rows_, cols_;
  std::vector<double> a_;
  std::vector<double> v_, dots_;  // the reflector at work, and its products with columns
  std::vector<double> signs_, lengths_;
};

template <typename T>
void store(Array& out, const std::vector<double>& q, double gain, int64_t rows, int64_t cols) {
  const bool wide = rows < cols;
  auto* x = reinterpret_cast<T*>(out.data());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) {
      x[r * cols + c] = static_cast<T>(gain * q[static_cast<size_t>(wide ? c * rows + r : r * cols + c)]);
    }
  }
}

}  // namespace

Array orthogonal(uint64_t key, const Type& type, double gain, const KernelTable& kernels) {
  if (type.shape.rank() < 2) throw Error::shape("an orthogonal matrix needs two axes, found " + type.shape.toString());
  if (!isFloat(type.dtype)) throw Error::dtype("random values are f32 or f64, not " + std::string(nameOf(type.dtype)));
  if (!std::isfinite(gain)) throw Error::value("the gain must be finite");
  Array out = Array::make(type);
  const int64_t cols = type.shape[type.shape.rank() - 1];
  if (type.shape.size() == 0) return out;
  const int64_t rows = type.shape.size() / cols;
  const int64_t tall = rows < cols ? cols : rows, narrow = rows < cols ? rows : cols;
  const Array normal = draw(Draw::normal, key, {DType::f32, Shape{tall, narrow}}, 0, 1, kernels);
  const auto* values = reinterpret_cast<const float*>(normal.data());
  Householder matrix(tall, narrow);
  for (int64_t r = 0; r < tall; ++r) {
    for (int64_t c = 0; c < narrow; ++c) matrix.at(r, c) = values[r * narrow + c];
  }
  const std::vector<double> q = matrix.orthonormal();
  type.dtype == DType::f32 ? store<float>(out, q, gain, rows, cols) : store<double>(out, q, gain, rows, cols);
  return out;
}

}  // namespace slalom
