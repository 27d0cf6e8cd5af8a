// How the inputs of a tile program come into registers: read where they lie when they can be, kept
// for the whole range when they repeat, else copied run by run.
#pragma once

#include "convert.inl"

namespace slalom {
namespace VARIANT {
namespace {

// Space of a register. The extra line keeps equal elements of two registers from lying a multiple
// of 4 KiB apart, where a load waits for an unrelated store. An input has two of them, so that a
// pattern of up to kTile elements can be read from any of its phases.
constexpr int64_t kSlot = kTile * 4 + 64;

// Visits [begin, begin + n) of the iteration space as runs along the last dimension:
// run(offset of the first element, position in the range, length).
template <typename Run>
SLALOM_INLINE void forRuns(const TileProgram& p, const int64_t* stride, int64_t begin, int64_t n, Run run) {
  const int last = p.rank - 1;
  int64_t coordinate[kMaxRank];
  int64_t rest = begin, offset = 0;
  for (int d = last; d >= 0; --d) {
    const int64_t above = d == 0 ? 0 : rest / p.dims[d];
    coordinate[d] = rest - above * p.dims[d];
    rest = above;
    offset += coordinate[d] * stride[d];
  }
  for (int64_t done = 0; done < n;) {
    const int64_t left = p.dims[last] - coordinate[last];
    const int64_t length = left < n - done ? left : n - done;
    run(offset, done, length);
    done += length;
    offset -= coordinate[last] * stride[last];
    coordinate[last] = 0;
    for (int d = last - 1; d >= 0; --d) {
      offset += stride[d];
      if (++coordinate[d] < p.dims[d]) break;
      offset -= coordinate[d] * stride[d];
      coordinate[d] = 0;
    }
  }
}

SLALOM_INLINE void fillRegister(float* to, float value, int64_t n) {
  const F v = splat(value);
  for (int64_t i = 0; i < n; i += W) store(to + i, v);
}

SLALOM_INLINE float bitsAsFloat(int32_t x) {
  union {
    int32_t i;
    float f;
  } bits = {x};
  return bits.f;
}

// The pattern from its element `phase` on, n elements and up to W more.
SLALOM_INLINE void fillPattern(float* to, const TileInput& input, int64_t period, int64_t phase, int64_t n) {
  const auto* data = static_cast<const char*>(input.data);
  const int64_t size = storageBytes(input.storage);
  int64_t known = period < W ? (W / period + 1) * period : period;
  if (known > n) known = n;
  if (period < W) {
    for (int64_t i = 0, at = phase; i < known; ++i) {
      to[i] = bitsAsFloat(loadOne(data + at * size, input.storage));
      if (++at == period) at = 0;
    }
  } else {
    const int64_t first = period - phase < known ? period - phase : known;
    loaderOf(input.storage)(to, 1, data + phase * size, 1, first);
    loaderOf(input.storage)(to + first, 1, data, 1, known - first);
  }
  // Each time as much as there is: reading what has just been written waits for it.
  for (int64_t ready = known; ready < n; ready *= 2) {
    const int64_t end = ready < n - ready ? 2 * ready : n;
    for (int64_t i = ready; i < end; i += W) store(to + i, load(to + i - ready));
  }
}

// Rows of few elements, each the same all along: to[i] = data[row of i].
SLALOM_INLINE void fillColumn(float* to, const TileInput& input, int64_t rowLength, int64_t begin, int64_t n) {
  const int64_t row = begin / rowLength;
  const int64_t size = storageBytes(input.storage), step = input.stride[0] * size;
  const auto* data = static_cast<const char*>(input.data) + row * step;
  int64_t length = (row + 1) * rowLength - begin;
  // Each run may write over the start of the next, which is written after it.
  for (int64_t done = 0; done < n; done += length, length = rowLength, data += step) {
    fillRegister(to + done, bitsAsFloat(loadOne(data, input.storage)), length < n - done ? length : n - done);
  }
}

// Elements [begin, begin + n) of a strided input: where they lie, or copied to `to`.
SLALOM_INLINE const void* loadStrided(const TileProgram& p, const TileInput& input, int64_t begin, int64_t n,
                                      float* to) {
  const int last = p.rank - 1;
  const int64_t step = input.stride[last], size = storageBytes(input.storage);
  const auto* data = static_cast<const char*>(input.data);
  if (step == 0 && p.rank == 2) {
    fillColumn(to, input, p.dims[last], begin, n);
    return to;
  }
  const RunFn load = loaderOf(input.storage);
  const void* at = to;
  forRuns(p, input.stride, begin, n, [&](int64_t offset, int64_t position, int64_t length) {
    if (length == n && step == 1 && size == 4) {
      at = data + offset * size;
    } else {
      load(to + position, 1, data + offset * size, step, length);
    }
  });
  return at;
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
