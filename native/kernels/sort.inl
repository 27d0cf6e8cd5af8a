// Stable sort of rows with positions. An element becomes a 64-bit word, its key above its
// position, so that all words differ and any sort of them is stable.
#pragma once

#include "args.h"
#include "reference.h"
#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

constexpr int64_t kInsertion = 48;  // up to here insertion beats counting digits
constexpr int64_t kSelected = 64;   // so many of a much longer row are kept while scanning

// Keys in the order of the values: all zeros (and denormals, which count as zero) are equal.
inline uint32_t keyOf(float x, bool descending) {
  if (x != x) return UINT32_MAX;
  union {
    float f;
    uint32_t u;
  } bits = {x};
  if ((bits.u & 0x7f800000) == 0) bits.u = 0;
  const uint32_t key = bits.u >> 31 ? ~bits.u : bits.u | 0x80000000u;
  return descending ? ~key : key;
}
inline uint32_t keyOf(int32_t x, bool descending) {
  const uint32_t key = static_cast<uint32_t>(x) ^ 0x80000000u;
  return descending ? ~key : key;
}
inline uint32_t keyOf(uint8_t x, bool descending) { return descending ? 255u - x : x; }

template <typename T>
SLALOM_INLINE uint64_t wordOf(const T* x, int64_t i, bool descending) {
  return static_cast<uint64_t>(keyOf(x[i], descending)) << 32 | static_cast<uint64_t>(i);
}

// Inserts into the ascending words[0 .. n).
SLALOM_INLINE void insertWord(uint64_t* words, int64_t n, uint64_t word) {
  int64_t j = n;
  for (; j > 0 && words[j - 1] > word; --j) words[j] = words[j - 1];
  words[j] = word;
}

// By the four bytes of the key, the least first; `spare` is as long as `words`. Returns the one
// that holds the result.
inline uint64_t* countingSort(uint64_t* words, uint64_t* spare, int64_t n) {
  int64_t counts[4][256] = {};
  for (int64_t i = 0; i < n; ++i) {
    for (int digit = 0; digit < 4; ++digit) ++counts[digit][words[i] >> (32 + 8 * digit) & 255];
  }
  for (int digit = 0; digit < 4; ++digit) {
    const int shift = 32 + 8 * digit;
    int64_t* starts = counts[digit];
    if (starts[words[0] >> shift & 255] == n) continue;  // all the same
    int64_t sum = 0;
    for (int value = 0; value < 256; ++value) {
      const int64_t count = starts[value];
      starts[value] = sum;
      sum += count;
    }
    for (int64_t i = 0; i < n; ++i) spare[starts[words[i] >> shift & 255]++] = words[i];
    uint64_t* sorted = spare;
    spare = words;
    words = sorted;
  }
  return words;
}

// The first `keep` words of a row in order.
template <typename T>
const uint64_t* sortRow(const T* x, int64_t cols, int64_t keep, bool descending, uint64_t* words) {
  if (cols <= kInsertion || (keep <= kSelected && keep <= cols / 8)) {
    const int64_t most = cols <= kInsertion ? cols : keep;
    int64_t n = 0;
    for (int64_t i = 0; i < cols; ++i) {
      const uint64_t word = wordOf(x, i, descending);
      if (n < most) {
        insertWord(words, n++, word);
      } else if (word < words[n - 1]) {
        insertWord(words, n - 1, word);
      }
    }
    return words;
  }
  for (int64_t i = 0; i < cols; ++i) words[i] = wordOf(x, i, descending);
  return countingSort(words, words + cols, cols);
}

SLALOM_INLINE int64_t sortRowsPerTask(const SortArgs* a) {
  const int64_t rows = 2048 / (a->cols + 1);
  return rows < 1 ? 1 : rows;
}

template <typename T>
void runSort(const void* args, int64_t begin, int64_t end, void* scratch) {
  auto* a = static_cast<const SortArgs*>(args);
  const int64_t each = sortRowsPerTask(a);
  const int64_t last = end * each < a->rows ? end * each : a->rows;
  for (int64_t row = begin * each; row < last; ++row) {
    const T* x = static_cast<const T*>(a->x) + row * a->cols;
    const uint64_t* order = sortRow(x, a->cols, a->keep, a->descending, static_cast<uint64_t*>(scratch));
    auto* values = static_cast<T*>(a->values);
    for (int64_t i = 0; i < a->keep; ++i) {
      const auto from = static_cast<int32_t>(order[i] & 0xffffffff);
      if (values) values[row * a->keep + i] = x[from];
      if (a->indices) a->indices[row * a->keep + i] = from;
    }
  }
}

void planSort(const SortArgs* a, CallPlan* plan) {
  if (a->storage == kStoreF64) return reference::planSort(a, plan);
  plan->count = 0;
  plan->workspace = 0;
  if (a->rows * a->keep == 0) return;
  const KernelFn run = a->storage == kStoreF32   ? runSort<float>
                       : a->storage == kStoreI32 ? runSort<int32_t>
                                                 : runSort<uint8_t>;
  const int64_t each = sortRowsPerTask(a);
  plan->calls[plan->count++] = {run, a, (a->rows + each - 1) / each,
                                static_cast<size_t>(2 * a->cols) * sizeof(uint64_t)};
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
