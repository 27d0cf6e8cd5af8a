#include "random.h"

#include <cmath>

#include "../ir/error.h"
#include "../kernels/args.h"

namespace slalom {

namespace {

uint64_t finalize(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

uint64_t splitMix(uint64_t& state) { return finalize(state += 0x9e3779b97f4a7c15ull); }

// A whole number in [0, bound), without bias: the high half of a product, redrawn where the low half
// falls into the uneven rest (Lemire 2019).
uint32_t below(uint64_t& state, uint32_t bound) {
  uint64_t product = (splitMix(state) >> 32) * bound;
  if (static_cast<uint32_t>(product) < bound) {
    const uint32_t rest = (0u - bound) % bound;
    while (static_cast<uint32_t>(product) < rest) product = (splitMix(state) >> 32) * bound;
  }
  return static_cast<uint32_t>(product >> 32);
}

Storage storageOf(DType dtype) {
  if (!isFloat(dtype)) throw Error::dtype("random values are f32 or f64, not " + std::string(nameOf(dtype)));
  return dtype == DType::f32 ? kStoreF32 : kStoreF64;
}

void fill(Array& out, RandomKind kind, uint64_t key, int32_t step, double low, double high, const KernelTable& kernels) {
  RandomArgs args{};
  args.out = out.data();
  args.step = &step;
  args.key = key;
  args.count = out.type.shape.size();
  args.low = low;
  args.high = high;
  args.kind = kind;
  args.storage = storageOf(out.type.dtype);
  CallPlan plan{};
  kernels.planRandom(&args, &plan);
  const FloatMode mode;
  for (int i = 0; i < plan.count; ++i) {
    std::vector<uint64_t> scratch(plan.calls[i].scratch / 8 + 8);
    plan.calls[i].run(plan.calls[i].args, 0, plan.calls[i].tiles, scratch.data());
  }
}

template <typename T>
bool replaceOutside(T* x, const T* fresh, int64_t count, double mean, double limit) {
  bool again = false;
  for (int64_t i = 0; i < count; ++i) {
    if (std::abs(x[i] - mean) <= limit) continue;
    x[i] = fresh[i];
    again = again || !(std::abs(x[i] - mean) <= limit);
  }
  return again;
}

// Columns of a [rows, cols] matrix with rows >= cols made orthonormal, by Householder reflections.
class Householder {
 public:
  Householder(std::vector<double> a, int64_t rows, int64_t cols) : a_(std::move(a)), rows_(rows), cols_(cols), signs_(static_cast<size_t>(cols)) {}

  std::vector<double> orthonormal() {
    for (int64_t k = 0; k < cols_; ++k) reflect(k);
    std::vector<double> q(static_cast<size_t>(rows_ * cols_), 0.0);
    for (int64_t k = 0; k < cols_; ++k) q[static_cast<size_t>(k * cols_ + k)] = 1.0;
    for (int64_t k = cols_; k-- > 0;) apply(k, q, 0);
    for (int64_t r = 0; r < rows_; ++r) {
      for (int64_t c = 0; c < cols_; ++c) q[static_cast<size_t>(r * cols_ + c)] *= signs_[static_cast<size_t>(c)];
    }
    return q;
  }

 private:
  double& at(int64_t r, int64_t c) { return a_[static_cast<size_t>(r * cols_ + c)]; }

  // Column k becomes its reflector; the columns to its right are reflected.
  void reflect(int64_t k) {
    double square = 0;
    for (int64_t r = k; r < rows_; ++r) square += at(r, k) * at(r, k);
    const double norm = std::sqrt(square);
    const double head = at(k, k);
    const double diagonal = head > 0 ? -norm : norm;
    signs_[static_cast<size_t>(k)] = diagonal < 0 ? -1.0 : 1.0;
    at(k, k) = head - diagonal;
    apply(k, a_, k + 1);
  }

  void apply(int64_t k, std::vector<double>& m, int64_t firstColumn) {
    double length = 0;
    for (int64_t r = k; r < rows_; ++r) length += at(r, k) * at(r, k);
    if (length == 0) return;
    for (int64_t c = firstColumn; c < cols_; ++c) {
      double dot = 0;
      for (int64_t r = k; r < rows_; ++r) dot += at(r, k) * m[static_cast<size_t>(r * cols_ + c)];
      const double factor = 2 * dot / length;
      for (int64_t r = k; r < rows_; ++r) m[static_cast<size_t>(r * cols_ + c)] -= factor * at(r, k);
    }
  }

  std::vector<double> a_;
  int64_t rows_, cols_;
  std::vector<double> signs_;  // of R's diagonal
};

}  // namespace

uint64_t hash64(uint64_t seed, std::string_view path, uint64_t n) {
  uint64_t text = 0xcbf29ce484222325ull;
  for (char c : path) text = (text ^ static_cast<uint8_t>(c)) * 0x100000001b3ull;
  return finalize(finalize(finalize(seed + 0x9e3779b97f4a7c15ull) ^ text) + n + 0x9e3779b97f4a7c15ull);
}

void permute(uint64_t seed, uint64_t epoch, std::vector<int32_t>& rows) {
  uint64_t state = hash64(seed, "shuffle", epoch);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int32_t>(i);
  for (size_t i = rows.size(); i-- > 1;) std::swap(rows[i], rows[below(state, static_cast<uint32_t>(i + 1))]);
}

Array draw(Draw kind, uint64_t key, const Type& type, double low, double high, const KernelTable& kernels) {
  Array out = Array::make(type);
  const RandomKind base = kind == Draw::uniform ? kRandomUniform : kRandomNormal;
  fill(out, base, key, 0, low, high, kernels);
  if (kind != Draw::truncatedNormal) return out;
  const int64_t count = type.shape.size();
  Array fresh = Array::make(type);
  const double limit = 2 * std::abs(high);
  bool again = true;
  for (int32_t attempt = 1; again; ++attempt) {
    fill(fresh, base, key, attempt, low, high, kernels);
    again = type.dtype == DType::f32
                ? replaceOutside(reinterpret_cast<float*>(out.data()), reinterpret_cast<float*>(fresh.data()), count, low, limit)
                : replaceOutside(reinterpret_cast<double*>(out.data()), reinterpret_cast<double*>(fresh.data()), count, low, limit);
  }
  return out;
}

Array orthogonal(uint64_t key, const Type& type, double gain, const KernelTable& kernels) {
  if (type.shape.rank() < 2) throw Error::shape("an orthogonal matrix needs two axes, found " + type.shape.toString());
  storageOf(type.dtype);
  const int64_t cols = type.shape[type.shape.rank() - 1];
  const int64_t rows = cols == 0 ? 0 : type.shape.size() / cols;
  const bool wide = rows < cols;
  const int64_t tall = wide ? cols : rows, narrow = wide ? rows : cols;
  const Array normal = draw(Draw::normal, key, {DType::f64, Shape{tall, narrow}}, 0, 1, kernels);
  const auto* values = reinterpret_cast<const double*>(normal.data());
  const std::vector<double> q = Householder({values, values + tall * narrow}, tall, narrow).orthonormal();
  Array out = Array::make(type);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) {
      const double x = gain * q[static_cast<size_t>(wide ? c * narrow + r : r * narrow + c)];
      if (type.dtype == DType::f32) {
        reinterpret_cast<float*>(out.data())[r * cols + c] = static_cast<float>(x);
      } else {
        reinterpret_cast<double*>(out.data())[r * cols + c] = x;
      }
    }
  }
  return out;
}

}  // namespace slalom
