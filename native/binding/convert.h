// Between JavaScript values and the core's. Every function throws Napi::Error or slalom::Error.
#pragma once

#include <napi.h>

#include "../ir/error.h"
#include "../ops/op.h"
#include "../runtime/block.h"

namespace slalom::binding {

// The JavaScript error of a core error: message, code, op, inputs, path, row.
Napi::Error toJs(Napi::Env env, const Error& error);

// Runs the body of a callback; core errors and a lack of memory become JavaScript errors.
template <typename Body>
auto guarded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const Error& error) {
    throw toJs(env, error);
  } catch (const std::bad_alloc&) {
    throw toJs(env, Error::value("this machine has not enough memory for that"));
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw toJs(env, Error::internal(error.what()));
  }
}

Napi::Value argument(const Napi::CallbackInfo& info, size_t index, const char* name);
std::string toText(const Napi::Value& value, const char* name);
double toNumber(const Napi::Value& value, const char* name);
int64_t toInteger(const Napi::Value& value, const char* name);  // a whole number; or a bigint, modulo 2^64
bool toFlag(const Napi::Value& value, const char* name);
std::vector<int64_t> toIntegers(const Napi::Value& value, const char* name);
std::vector<double> toDoubles(const Napi::Value& value, const char* name);  // a Float64Array
std::vector<int32_t> toRows(const Napi::Value& value, const char* name);    // an Int32Array
Napi::Object toObject(const Napi::Value& value, const char* name);
Napi::Array toList(const Napi::Value& value, const char* name);
// A property of an object; `name` in errors.
Napi::Value property(const Napi::Object& object, const char* name);

DType toDType(const Napi::Value& value);
Shape toShape(const Napi::Value& value);
Type toType(const Napi::Value& dtype, const Napi::Value& shape);
Napi::Value fromShape(Napi::Env env, const Shape& shape);
Napi::Value fromDType(Napi::Env env, DType dtype);

// The bytes of a typed array of the right kind and length for the type, valid until JavaScript runs.
struct Elements {
  const uint8_t* data;
  bool shared;  // over a SharedArrayBuffer
};
// Never runs JavaScript, so that nothing can move or detach the buffer meanwhile.
Elements toElements(const Napi::Value& value, const Type& type);
// A fresh typed array with a copy of the elements.
Napi::Value fromArray(Napi::Env env, const Array& array);

// The kernels of this process; throws Error when SLALOM_ISA names others.
const KernelTable& processKernels();

// Attributes as the op declares them.
Attrs toAttrs(const Napi::Value& value, const OpDef& op);

}  // namespace slalom::binding
