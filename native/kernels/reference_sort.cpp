// Stable sort of rows by comparison.
#include <algorithm>
#include <vector>

#include "reference.h"

namespace slalom {
namespace reference {
namespace {

template <typename T>
bool before(T a, T b, bool descending) {
  if (a != a) return false;  // NaN last, in either direction
  if (b != b) return true;
  return descending ? b < a : a < b;
}

template <typename T>
void run(const void* opaque, int64_t begin, int64_t end, void*) {
  const SortArgs& args = *static_cast<const SortArgs*>(opaque);
  std::vector<int32_t> order(static_cast<size_t>(args.cols));
  for (int64_t row = begin; row < end; row++) {
    const T* x = static_cast<const T*>(args.x) + row * args.cols;
    for (size_t i = 0; i < order.size(); i++) order[i] = static_cast<int32_t>(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return before(x[a], x[b], args.descending); });
    for (int64_t i = 0; i < args.keep; i++) {
      const int32_t from = order[static_cast<size_t>(i)];
      if (args.values) static_cast<T*>(args.values)[row * args.keep + i] = x[from];
      if (args.indices) args.indices[row * args.keep + i] = from;
    }
  }
}

}  // namespace

void planSort(const SortArgs* args, CallPlan* plan) {
  plan->count = 0;
  plan->workspace = 0;
  if (args->rows * args->keep == 0) return;
  KernelFn fn = run<float>;
  if (args->storage == kStoreF64) fn = run<double>;
  if (args->storage == kStoreI32) fn = run<int32_t>;
  if (args->storage == kStoreBool || args->storage == kStoreU8) fn = run<uint8_t>;
  plan->calls[plan->count++] = {fn, args, args->rows, 0};
}

}  // namespace reference
}  // namespace slalom
