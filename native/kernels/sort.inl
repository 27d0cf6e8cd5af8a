// Stable merge sort of rows with positions; NaN last in either direction.
#pragma once

#include "tile.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Whether x must come before y.
template <typename T>
SLALOM_INLINE bool before(T x, T y, bool descending) {
  if (x != x) return false;
  if (y != y) return true;
  return descending ? x > y : x < y;
}

SLALOM_INLINE size_t sortScratchBytes(int64_t cols) { return static_cast<size_t>(cols) * 2 * sizeof(int32_t); }

// Positions of a row in order, in one of two scratch arrays.
template <typename T>
SLALOM_INLINE int32_t* sortRow(const T* x, int64_t cols, bool descending, int32_t* from, int32_t* to) {
  for (int64_t i = 0; i < cols; ++i) from[i] = static_cast<int32_t>(i);
  for (int64_t width = 1; width < cols; width *= 2) {
    for (int64_t low = 0; low < cols; low += 2 * width) {
      const int64_t middle = low + width < cols ? low + width : cols;
      const int64_t high = low + 2 * width < cols ? low + 2 * width : cols;
      int64_t i = low, j = middle;
      for (int64_t k = low; k < high; ++k) {
        const bool left = i < middle && (j >= high || !before(x[from[j]], x[from[i]], descending));
        to[k] = left ? from[i++] : from[j++];
      }
    }
    int32_t* swapped = from;
    from = to;
    to = swapped;
  }
  return from;
}

template <typename T>
void runSort(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const SortArgs*>(args);
  auto* positions = static_cast<int32_t*>(scratch);
  for (int64_t row = begin; row < end; ++row) {
    const T* x = static_cast<const T*>(a->x) + row * a->cols;
    const int32_t* order = sortRow(x, a->cols, a->descending, positions, positions + a->cols);
    for (int64_t i = 0; i < a->keep; ++i) {
      if (a->values) static_cast<T*>(a->values)[row * a->keep + i] = x[order[i]];
      if (a->indices) a->indices[row * a->keep + i] = order[i];
    }
  }
}

void planSort(const SortArgs* a, CallPlan* plan) {
  *plan = {};
  if (a->rows * a->keep == 0) return;
  plan->count = 1;
  const KernelFn run = a->storage == kStoreF64 ? runSort<double> : a->storage == kStoreI32 ? runSort<int32_t> : runSort<float>;
  plan->calls[0] = {run, a, a->rows, sortScratchBytes(a->cols)};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
