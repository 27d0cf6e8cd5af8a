// Reductions in the order that args.h fixes: blocks, lanes, trees. T is the type of a lane:
// float, int32_t (also masks) or double.
#include <math.h>

#include <vector>

#include "reference.h"
#include "reference_extremes.h"

namespace slalom {
namespace reference {
namespace {

constexpr int64_t kBlock = 4096;
constexpr int64_t kLanes = 16;

const TileProgram& prologueOf(const ReduceArgs& args) {
  return *reinterpret_cast<const TileProgram*>(reinterpret_cast<const char*>(&args) + args.prologue);
}

// The value at any element, computed a tile at a time.
template <typename T>
class Values {
 public:
  Values(const ReduceArgs& args, void* scratch) : args_(args), program_(prologueOf(args)), scratch_(scratch) {}

  T at(int64_t element) {
    if (element < begin_ || element >= end_) {
      begin_ = element / kTile * kTile;
      end_ = begin_ + kTile < program_.count ? begin_ + kTile : program_.count;
      tile_ = static_cast<const T*>(evaluateTile(program_, begin_, end_, args_.reg, scratch_));
    }
    return tile_[element - begin_];
  }

 private:
  const ReduceArgs& args_;
  const TileProgram& program_;
  void* scratch_;
  const T* tile_ = nullptr;
  int64_t begin_ = 0, end_ = 0;
};

template <typename T>
T infinity() {
  return static_cast<T>(HUGE_VAL);
}
template <>
int32_t infinity<int32_t>() {
  return INT32_MAX;
}
template <typename T>
T lowest() {
  return -infinity<T>();
}
template <>
int32_t lowest<int32_t>() {
  return INT32_MIN;
}

template <typename T>
T plus(T a, T b) {
  return a + b;
}
template <>
int32_t plus(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

template <typename T>
T identityOf(ReduceKind kind) {
  switch (kind) {
    case kReduceMax:
      return lowest<T>();
    case kReduceMin:
      return infinity<T>();
    case kReduceAll:
      return T(1);
    default:
      return T(0);
  }
}

template <typename T>
T combine(ReduceKind kind, T a, T b) {
  switch (kind) {
    case kReduceSum:
      return plus(a, b);
    case kReduceMax:
      return maxOf(a, b);
    case kReduceMin:
      return minOf(a, b);
    case kReduceAny:
      return T(a != T(0) || b != T(0));
    default:
      return T(a != T(0) && b != T(0));
  }
}

// values[0], values[stride], ...: neighbours, then neighbours of those; an odd one goes up as it is.
template <typename T>
T pairwise(ReduceKind kind, T* values, int64_t count, int64_t stride) {
  for (; count > 1; count = (count + 1) / 2) {
    for (int64_t i = 0; i < count / 2; i++) {
      values[i * stride] = combine(kind, values[2 * i * stride], values[(2 * i + 1) * stride]);
    }
    if (count % 2) values[count / 2 * stride] = values[(count - 1) * stride];
  }
  return values[0];
}

// Sixteen lanes to one by halves: 16, 8, 4, 2, 1.
template <typename T>
T halving(ReduceKind kind, T* lanes) {
  for (int64_t half = kLanes / 2; half >= 1; half /= 2) {
    for (int64_t i = 0; i < half; i++) lanes[i] = combine(kind, lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

template <typename T>
void write(const ReduceArgs& args, int64_t index, T value) {
  switch (args.storage) {
    case kStoreF32:
      static_cast<float*>(args.out)[index] = static_cast<float>(value);
      break;
    case kStoreF64:
      static_cast<double*>(args.out)[index] = static_cast<double>(value);
      break;
    case kStoreI32:
      static_cast<int32_t*>(args.out)[index] = static_cast<int32_t>(value);
      break;
    default:
      static_cast<uint8_t*>(args.out)[index] = value != T(0);
  }
}

template <typename T>
void reduceOne(const ReduceArgs& args, Values<T>& values, int64_t outer) {
  const int64_t inner = args.inner, first = outer * args.length * inner;
  const int64_t blocks = args.length > kBlock ? (args.length + kBlock - 1) / kBlock : 1;
  const T identity = identityOf<T>(args.kind);
  std::vector<T> partials(static_cast<size_t>(blocks * inner), identity);
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t begin = block * kBlock, end = begin + kBlock < args.length ? begin + kBlock : args.length;
    T* sums = partials.data() + block * inner;
    T lanes[kLanes];
    for (T& lane : lanes) lane = identity;
    for (int64_t r = begin; r < end; r++) {
      for (int64_t i = 0; i < inner; i++) {
        T& sum = inner == 1 ? lanes[r % kLanes] : sums[i];
        sum = combine(args.kind, sum, values.at(first + r * inner + i));
      }
    }
    if (inner == 1) sums[0] = halving(args.kind, lanes);
  }
  for (int64_t i = 0; i < inner; i++) {
    write(args, outer * inner + i, pairwise(args.kind, partials.data() + i, blocks, inner));
  }
}

// The first of equals; the first NaN wins over every number.
template <typename T>
void positionOne(const ReduceArgs& args, Values<T>& values, int64_t outer) {
  for (int64_t i = 0; i < args.inner; i++) {
    int64_t position = 0;
    T best = T(0);
    for (int64_t r = 0; r < args.length; r++) {
      const T x = values.at((outer * args.length + r) * args.inner + i);
      const bool better = args.kind == kReduceArgMax ? x > best : x < best;
      if (r == 0 || (best == best && (x != x || better))) {
        best = x;
        position = r;
      }
    }
    static_cast<int32_t*>(args.out)[outer * args.inner + i] = static_cast<int32_t>(position);
  }
}

template <typename T>
void run(const void* opaque, int64_t begin, int64_t end, void* scratch) {
  const ReduceArgs& args = *static_cast<const ReduceArgs*>(opaque);
  Values<T> values(args, scratch);
  for (int64_t outer = begin; outer < end; outer++) {
    if (args.kind == kReduceArgMax || args.kind == kReduceArgMin) {
      positionOne(args, values, outer);
    } else {
      reduceOne(args, values, outer);
    }
  }
}

}  // namespace

void planReduce(const ReduceArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->outer * args->inner == 0) return;
  const KernelFn fn = args->lane == kLaneF64 ? run<double> : args->lane == kLaneF32 ? run<float> : run<int32_t>;
  plan->calls[plan->count++] = {fn, args, args->outer, tileScratchBytes(prologueOf(*args))};
}

}  // namespace reference
}  // namespace slalom
