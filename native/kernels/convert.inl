// Runs of elements between memory (Storage) and tile registers (Lane), at any stride.
#pragma once

#include "args.h"
#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

template <typename To, typename From>
struct Convert {
  static SLALOM_INLINE To apply(From x) { return static_cast<To>(x); }
};
struct ByteToMask {
  static SLALOM_INLINE int32_t apply(uint8_t x) { return x ? -1 : 0; }
};
struct ByteToTruth {
  static SLALOM_INLINE double apply(uint8_t x) { return x ? 1.0 : 0.0; }
};
struct MaskToByte {
  static SLALOM_INLINE uint8_t apply(int32_t x) { return static_cast<uint8_t>(x & 1); }
};
struct TruthToByte {
  static SLALOM_INLINE uint8_t apply(double x) { return x != 0.0; }
};

template <typename To, typename From, typename Op>
void convertRun(void* to, int64_t toStride, const void* from, int64_t fromStride, int64_t n) {
  auto* d = static_cast<To*>(to);
  auto* s = static_cast<const From*>(from);
  if (toStride == 1 && fromStride == 1) {
    for (int64_t i = 0; i < n; ++i) d[i] = Op::apply(s[i]);
  } else if (toStride == 1 && fromStride == 0) {
    const To value = Op::apply(*s);
    for (int64_t i = 0; i < n; ++i) d[i] = value;
  } else {
    for (int64_t i = 0; i < n; ++i) d[i * toStride] = Op::apply(s[i * fromStride]);
  }
}

using RunFn = void (*)(void* to, int64_t toStride, const void* from, int64_t fromStride, int64_t n);

SLALOM_INLINE RunFn loaderOf(Storage storage, Lane lane) {
  if (lane == kLaneF64) {
    switch (storage) {
      case kStoreF32: return convertRun<double, float, Convert<double, float>>;
      case kStoreF64: return convertRun<double, double, Convert<double, double>>;
      case kStoreI32: return convertRun<double, int32_t, Convert<double, int32_t>>;
      case kStoreBool: return convertRun<double, uint8_t, ByteToTruth>;
      default: return convertRun<double, uint8_t, Convert<double, uint8_t>>;
    }
  }
  switch (storage) {
    case kStoreBool: return convertRun<int32_t, uint8_t, ByteToMask>;
    case kStoreU8: return convertRun<int32_t, uint8_t, Convert<int32_t, uint8_t>>;
    default: return convertRun<int32_t, int32_t, Convert<int32_t, int32_t>>;
  }
}

SLALOM_INLINE RunFn storerOf(Storage storage, Lane lane) {
  if (lane == kLaneF64) {
    switch (storage) {
      case kStoreF32: return convertRun<float, double, Convert<float, double>>;
      case kStoreF64: return convertRun<double, double, Convert<double, double>>;
      case kStoreI32: return convertRun<int32_t, double, Convert<int32_t, double>>;
      case kStoreBool: return convertRun<uint8_t, double, TruthToByte>;
      default: return convertRun<uint8_t, double, Convert<uint8_t, double>>;
    }
  }
  switch (storage) {
    case kStoreBool: return convertRun<uint8_t, int32_t, MaskToByte>;
    case kStoreU8: return convertRun<uint8_t, int32_t, Convert<uint8_t, int32_t>>;
    default: return convertRun<int32_t, int32_t, Convert<int32_t, int32_t>>;
  }
}

// Bytes of an element in memory.
SLALOM_INLINE int64_t storageBytes(Storage storage) { return storage == kStoreF64 ? 8 : storage >= kStoreBool ? 1 : 4; }

// Memory holds exactly what the register holds.
SLALOM_INLINE bool sameBits(Storage storage, Lane lane) {
  return (storage == kStoreF32 && lane == kLaneF32) || (storage == kStoreI32 && lane == kLaneI32) ||
         (storage == kStoreF64 && lane == kLaneF64);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
