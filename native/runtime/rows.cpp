#include "rows.h"

#include <algorithm>
#include <cstring>

#include "../ir/error.h"

namespace slalom {

namespace {

int64_t rowSizeOf(const Type& type) { return type.shape[0] == 0 ? 0 : type.shape.size() / type.shape[0]; }

void checkRows(const Array& from, const std::vector<int32_t>& rows) {
  if (from.type.shape.rank() == 0) throw Error::shape("a scalar has no rows");
  for (const int32_t row : rows) {
    if (row >= 0 && row < from.type.shape[0]) continue;
    throw Error::value("row " + std::to_string(row) + " is not one of " + std::to_string(from.type.shape[0]));
  }
}

template <typename T>
void mix(const Array& from, const std::vector<int32_t>& partners, T share, const Array& out) {
  const int64_t width = rowSizeOf(from.type);
  const auto* x = reinterpret_cast<const T*>(from.data());
  auto* to = reinterpret_cast<T*>(out.data());
  const T rest = 1 - share;
  for (const int32_t partner : partners) {
    const auto* other = reinterpret_cast<const T*>(from.data()) + partner * width;
    for (int64_t i = 0; i < width; ++i) to[i] = share * x[i] + rest * other[i];
    x += width;
    to += width;
  }
}

}  // namespace

Array takeRows(const Array& from, const std::vector<int32_t>& rows) {
  checkRows(from, rows);
  Type type = from.type;
  type.shape[0] = static_cast<int64_t>(rows.size());
  Array out{Block::raw(std::max<int64_t>(type.bytes(), 1)), 0, type};
  const auto bytes = static_cast<size_t>(rowSizeOf(from.type) * sizeOf(from.type.dtype));
  uint8_t* to = out.data();
  for (const int32_t row : rows) {
    std::memcpy(to, from.data() + static_cast<size_t>(row) * bytes, bytes);
    to += bytes;
  }
  return out;
}

Array mixRows(const Array& from, const std::vector<int32_t>& partners, double share) {
  checkRows(from, partners);
  if (static_cast<int64_t>(partners.size()) != from.type.shape[0]) {
    throw Error::value("expected a partner for each of " + std::to_string(from.type.shape[0]) + " rows");
  }
  if (!isFloat(from.type.dtype)) throw Error::dtype("only f32 and f64 can be mixed, found " + from.type.toString());
  const Array out = Array::make(from.type);
  if (from.type.dtype == DType::f32) {
    mix<float>(from, partners, static_cast<float>(share), out);
  } else {
    mix<double>(from, partners, share, out);
  }
  return out;
}

}  // namespace slalom
