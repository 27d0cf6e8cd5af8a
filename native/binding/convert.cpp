#include "convert.h"

#include <cmath>
#include <cstring>

#include "nearest.h"

namespace slalom::binding {

namespace {

const char* codeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::shape:
      return "SHAPE";
    case ErrorCode::dtype:
      return "DTYPE";
    case ErrorCode::value:
      return "VALUE";
    case ErrorCode::data:
      return "DATA";
    case ErrorCode::nonFinite:
      return "NON_FINITE";
    case ErrorCode::busy:
      return "BUSY";
    case ErrorCode::internal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

[[noreturn]] void expected(const char* name, const char* what) {
  throw Error::value(std::string(name) + ": expected " + what);
}

}  // namespace

Napi::Error toJs(Napi::Env env, const Error& error) {
  const bool mistyped = error.code == ErrorCode::value || error.code == ErrorCode::dtype;
  const Napi::Error result = mistyped ? Napi::TypeError::New(env, error.message) : Napi::Error::New(env, error.message);
  Napi::Object value = result.Value();
  value.Set("code", codeOf(error.code));
  if (!error.op.empty()) value.Set("op", error.op);
  if (!error.inputs.empty()) value.Set("inputs", error.inputs);
  if (!error.path.empty()) value.Set("path", error.path);
  if (error.row >= 0) value.Set("row", static_cast<double>(error.row));
  return result;
}

Napi::Value argument(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (index >= info.Length()) expected(name, "an argument");
  return info[index];
}

std::string toText(const Napi::Value& value, const char* name) {
  if (!value.IsString()) expected(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

double toNumber(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) expected(name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t toInteger(const Napi::Value& value, const char* name) {
  if (value.IsBigInt()) {
    bool lossless;
    return static_cast<int64_t>(value.As<Napi::BigInt>().Uint64Value(&lossless));
  }
  const double number = toNumber(value, name);
  if (std::floor(number) != number || std::abs(number) > 9007199254740992.0) expected(name, "a whole number");
  return static_cast<int64_t>(number);
}

bool toFlag(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) expected(name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::vector<int64_t> toIntegers(const Napi::Value& value, const char* name) {
  const Napi::Array list = toList(value, name);
  std::vector<int64_t> result(list.Length());
  for (uint32_t i = 0; i < list.Length(); ++i) result[i] = toInteger(list.Get(i), name);
  return result;
}

std::vector<double> toDoubles(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    expected(name, "a Float64Array");
  }
  const auto numbers = value.As<Napi::Float64Array>();
  return {numbers.Data(), numbers.Data() + numbers.ElementLength()};
}

std::vector<int32_t> toRows(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    expected(name, "an Int32Array");
  }
  const auto rows = value.As<Napi::Int32Array>();
  return {rows.Data(), rows.Data() + rows.ElementLength()};
}

Napi::Object toObject(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) expected(name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array toList(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) expected(name, "an array");
  return value.As<Napi::Array>();
}

Napi::Value property(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (value.IsUndefined()) expected(name, "a value");
  return value;
}

DType toDType(const Napi::Value& value) {
  const std::string name = toText(value, "dtype");
  for (int i = 0; i < kDTypeCount; ++i) {
    if (nameOf(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  }
  throw Error::dtype("expected one of f32, f64, i32, bool, u8, found '" + name + "'");
}

Shape toShape(const Napi::Value& value) {
  Shape shape(toIntegers(value, "shape"));
  if (shape.rank() > kMaxShapeRank)
    throw Error::shape("a tensor has at most 8 axes, found " + std::to_string(shape.rank()));
  for (int64_t d : shape.dims()) {
    if (d < 0) throw Error::shape("shape " + shape.toString() + " has a negative dimension");
  }
  shape.size();
  return shape;
}

Type toType(const Napi::Value& dtype, const Napi::Value& shape) { return {toDType(dtype), toShape(shape)}; }

Napi::Value fromShape(Napi::Env env, const Shape& shape) {
  Napi::Array list = Napi::Array::New(env, static_cast<size_t>(shape.rank()));
  for (int i = 0; i < shape.rank(); ++i) list.Set(static_cast<uint32_t>(i), static_cast<double>(shape[i]));
  return list;
}

Napi::Value fromDType(Napi::Env env, DType dtype) { return Napi::String::New(env, std::string(nameOf(dtype))); }

namespace {

napi_typedarray_type arrayTypeOf(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return napi_float32_array;
    case DType::f64:
      return napi_float64_array;
    case DType::i32:
      return napi_int32_array;
    default:
      return napi_uint8_array;
  }
}

const char* nameOfKind(napi_typedarray_type kind) {
  switch (kind) {
    case napi_int8_array:
      return "an Int8Array";
    case napi_uint8_array:
      return "a Uint8Array";
    case napi_uint8_clamped_array:
      return "a Uint8ClampedArray";
    case napi_int16_array:
      return "an Int16Array";
    case napi_uint16_array:
      return "a Uint16Array";
    case napi_int32_array:
      return "an Int32Array";
    case napi_uint32_array:
      return "a Uint32Array";
    case napi_float32_array:
      return "a Float32Array";
    case napi_float64_array:
      return "a Float64Array";
    case napi_bigint64_array:
      return "a BigInt64Array";
    case napi_biguint64_array:
      return "a BigUint64Array";
    default:
      return "a typed array of another kind (Float16Array?)";
  }
}

}  // namespace

Elements toElements(const Napi::Value& value, const Type& type) {
  if (!value.IsTypedArray()) expected("data", "a typed array");
  auto kind = static_cast<napi_typedarray_type>(-1);  // stays so for kinds that Node-API does not know
  size_t length = 0, offset = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, &kind, &length, &data, &buffer, &offset) != napi_ok) {
    expected("data", "a typed array");
  }
  if (kind != arrayTypeOf(type.dtype)) {
    throw Error::dtype(std::string(nameOf(type.dtype)) + " lives in " + nameOfKind(arrayTypeOf(type.dtype)) +
                       ", found " + nameOfKind(kind));
  }
  bool ordinary = false;
  napi_is_arraybuffer(value.Env(), buffer, &ordinary);
  const bool shared = !ordinary;
  const int64_t size = type.shape.size();
  if (static_cast<int64_t>(length) != size) {
    if (length == 0 && size > 0) throw Error::data("the typed array is empty or its buffer was detached (transferred)");
    throw Error::shape("shape " + type.shape.toString() + " has " + std::to_string(size) +
                       " elements, the typed array " + std::to_string(length));
  }
  return {static_cast<const uint8_t*>(data), shared};
}

Napi::Value fromArray(Napi::Env env, const Array& array) {
  const auto bytes = static_cast<size_t>(array.type.bytes());
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, bytes);
  if (bytes > 0) std::memcpy(buffer.Data(), array.data(), bytes);
  const auto length = static_cast<size_t>(array.type.shape.size());
  switch (array.type.dtype) {
    case DType::f32:
      return Napi::Float32Array::New(env, length, buffer, 0);
    case DType::f64:
      return Napi::Float64Array::New(env, length, buffer, 0);
    case DType::i32:
      return Napi::Int32Array::New(env, length, buffer, 0);
    default:
      return Napi::Uint8Array::New(env, length, buffer, 0);
  }
}

namespace {

AttrValue toAttr(const Napi::Value& value, AttrSpec::Kind kind, const char* name) {
  switch (kind) {
    case AttrSpec::flag:
      return toFlag(value, name);
    case AttrSpec::integer:
      return toInteger(value, name);
    case AttrSpec::number:
      return toNumber(value, name);
    case AttrSpec::integers:
      return toIntegers(value, name);
    case AttrSpec::text:
      return toText(value, name);
    case AttrSpec::bytes:
      break;
  }
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    expected(name, "a Uint8Array");
  }
  const auto bytes = value.As<Napi::Uint8Array>();
  return std::make_shared<const std::vector<uint8_t>>(bytes.Data(), bytes.Data() + bytes.ByteLength());
}

}  // namespace

const KernelTable& processKernels() {
  const KernelTable* selected = selectedKernels();
  if (!selected) throw Error::value("SLALOM_ISA names kernels that are unknown or that this CPU cannot run");
  return *selected;
}

Attrs toAttrs(const Napi::Value& value, const OpDef& op) {
  Attrs attrs;
  if (value.IsUndefined() || value.IsNull()) return attrs;
  const Napi::Object object = toObject(value, "attributes");
  const Napi::Array names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    const std::string name = names.Get(i).As<Napi::String>().Utf8Value();
    const AttrSpec* spec = nullptr;
    std::vector<std::string> known;
    for (const AttrSpec& candidate : op.attrs) {
      if (candidate.name == name) spec = &candidate;
      known.emplace_back(candidate.name);
    }
    if (!spec)
      throw Error::value("op '" + std::string(op.name) + "' has no attribute '" + name + "'" + didYouMean(name, known));
    const Napi::Value given = object.Get(name);
    if (!given.IsUndefined()) attrs.set(name, toAttr(given, spec->kind, name.c_str()));
  }
  return attrs;
}

}  // namespace slalom::binding
