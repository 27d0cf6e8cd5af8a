// Runs of elements between memory (Storage) and the 4-byte registers of narrow tile programs.
#pragma once

#include "args.h"
#include "vec.h"

namespace slalom {
namespace VARIANT {
namespace {

struct SameBits {
  static SLALOM_INLINE int32_t apply(int32_t x) { return x; }
};
struct ByteToMask {
  static SLALOM_INLINE int32_t apply(uint8_t x) { return x ? -1 : 0; }
};
struct ByteToWhole {
  static SLALOM_INLINE int32_t apply(uint8_t x) { return x; }
};
struct MaskToByte {
  static SLALOM_INLINE uint8_t apply(int32_t x) { return static_cast<uint8_t>(x & 1); }
};
struct WholeToByte {
  static SLALOM_INLINE uint8_t apply(int32_t x) { return static_cast<uint8_t>(x); }
};

// to[i * toStride] = from[i * fromStride], strides in elements.
using RunFn = void (*)(void* to, int64_t toStride, const void* from, int64_t fromStride, int64_t n);

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

SLALOM_INLINE RunFn loaderOf(Storage storage) {
  if (storage == kStoreBool) return convertRun<int32_t, uint8_t, ByteToMask>;
  return storage == kStoreU8 ? convertRun<int32_t, uint8_t, ByteToWhole> : convertRun<int32_t, int32_t, SameBits>;
}

SLALOM_INLINE RunFn storerOf(Storage storage) {
  if (storage == kStoreBool) return convertRun<uint8_t, int32_t, MaskToByte>;
  return storage == kStoreU8 ? convertRun<uint8_t, int32_t, WholeToByte> : convertRun<int32_t, int32_t, SameBits>;
}

// Memory holds what the register holds; else it holds a byte an element.
SLALOM_INLINE bool sameBits(Storage storage) { return storage == kStoreF32 || storage == kStoreI32; }
SLALOM_INLINE int64_t storageBytes(Storage storage) { return sameBits(storage) ? 4 : 1; }

// One element as a register holds it.
SLALOM_INLINE int32_t loadOne(const void* data, Storage storage) {
  if (sameBits(storage)) return *static_cast<const int32_t*>(data);
  const uint8_t byte = *static_cast<const uint8_t*>(data);
  return storage == kStoreBool ? ByteToMask::apply(byte) : ByteToWhole::apply(byte);
}

}  // namespace
}  // namespace VARIANT
}  // namespace slalom
