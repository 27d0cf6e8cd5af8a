// Element types. The order is part of the binding: see kernels/table.h (Storage).
#pragma once

#include <cstdint>
#include <string_view>

namespace slalom {

enum class DType : uint8_t { f32, f64, i32, boolean, u8 };

constexpr int kDTypeCount = 5;

constexpr int64_t sizeOf(DType t) {
  constexpr int64_t sizes[kDTypeCount] = {4, 8, 4, 1, 1};
  return sizes[static_cast<int>(t)];
}

constexpr std::string_view nameOf(DType t) {
  constexpr std::string_view names[kDTypeCount] = {"f32", "f64", "i32", "bool", "u8"};
  return names[static_cast<int>(t)];
}

constexpr bool isFloat(DType t) { return t == DType::f32 || t == DType::f64; }

}  // namespace slalom
