#include "random.h"

#include <cmath>

#include "../ir/error.h"
#include "../kernels/args.h"
#include "philox.h"

namespace slalom {

namespace {

uint64_t finalize(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// The words of one key, one after the other.
class Words {
 public:
  explicit Words(uint64_t key) : key_(key) {}

  uint32_t next() {
    if (at_ == 4) {
      block_ = philox(key_, {static_cast<uint32_t>(count_), static_cast<uint32_t>(count_ >> 32), 0, 0});
      ++count_;
      at_ = 0;
    }
    return block_[at_++];
  }

  // A whole number in [0, bound), without bias: the high half of a product, redrawn where the low half
  // falls into the uneven rest (Lemire 2019).
  uint32_t below(uint32_t bound) {
    uint64_t product = uint64_t{next()} * bound;
    if (static_cast<uint32_t>(product) < bound) {
      const uint32_t rest = (0u - bound) % bound;
      while (static_cast<uint32_t>(product) < rest) product = uint64_t{next()} * bound;
    }
    return static_cast<uint32_t>(product >> 32);
  }

 private:
  uint64_t key_, count_ = 0;
  PhiloxWords block_{};
  size_t at_ = 4;
};

void fill(Array& out, RandomKind kind, uint64_t key, int32_t step, double low, double high,
          const KernelTable& kernels) {
  RandomArgs args{};
  args.out = out.data();
  args.step = &step;
  args.key = key;
  args.count = out.type.shape.size();
  args.low = low;
  args.high = high;
  args.kind = kind;
  args.storage = out.type.dtype == DType::f32 ? kStoreF32 : kStoreF64;
  CallPlan plan{};
  kernels.planRandom(&args, &plan);
  const FloatMode mode;
  for (int i = 0; i < plan.count; ++i) {
    const auto scratch = Block::make(static_cast<int64_t>(plan.calls[i].scratch));
    plan.calls[i].run(plan.calls[i].args, 0, plan.calls[i].tiles, scratch->data());
  }
}

// Elements outside the limit are replaced by fresh ones; true if some of those are outside too.
template <typename T>
bool replaceOutside(Array& out, const Array& fresh, double mean, double limit) {
  auto* x = reinterpret_cast<T*>(out.data());
  const auto* other = reinterpret_cast<const T*>(fresh.data());
  const int64_t count = out.type.shape.size();
  bool again = false;
  for (int64_t i = 0; i < count; ++i) {
    if (std::abs(x[i] - mean) <= limit) continue;
    x[i] = other[i];
    again = again || !(std::abs(x[i] - mean) <= limit);
  }
  return again;
}

void truncate(Array& out, uint64_t key, double mean, double deviation, const KernelTable& kernels) {
  Array fresh = Array::make(out.type);
  // A little more than two deviations, so that rounding cannot keep a value out forever.
  const double limit = 2 * std::abs(deviation) + 1e-6 * std::abs(mean);
  bool again = true;
  for (int32_t attempt = 1; again; ++attempt) {
    fill(fresh, kRandomNormal, key, attempt, mean, deviation, kernels);
    again = out.type.dtype == DType::f32 ? replaceOutside<float>(out, fresh, mean, limit)
                                         : replaceOutside<double>(out, fresh, mean, limit);
  }
}

}  // namespace

uint64_t hash64(uint64_t seed, std::string_view path, uint64_t n) {
  uint64_t text = 0xcbf29ce484222325ull;
  for (char c : path) text = (text ^ static_cast<uint8_t>(c)) * 0x100000001b3ull;
  return finalize(finalize(finalize(seed + 0x9e3779b97f4a7c15ull) ^ text) + n + 0x9e3779b97f4a7c15ull);
}

void permute(uint64_t seed, uint64_t epoch, std::vector<int32_t>& rows) {
  Words words(hash64(seed, "shuffle", epoch));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int32_t>(i);
  for (size_t i = rows.size(); i-- > 1;) std::swap(rows[i], rows[words.below(static_cast<uint32_t>(i + 1))]);
}

Array draw(Draw kind, uint64_t key, const Type& type, double low, double high, const KernelTable& kernels) {
  if (!isFloat(type.dtype)) throw Error::dtype("random values are f32 or f64, not " + std::string(nameOf(type.dtype)));
  if (!std::isfinite(low) || !std::isfinite(high)) throw Error::value("the range of random values must be finite");
  Array out = Array::make(type);
  fill(out, kind == Draw::uniform ? kRandomUniform : kRandomNormal, key, 0, low, high, kernels);
  if (kind == Draw::truncatedNormal) truncate(out, key, low, high, kernels);
  return out;
}

}  // namespace slalom
