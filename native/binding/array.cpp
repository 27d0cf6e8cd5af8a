#include "array.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../kernels/args.h"
#include "../runtime/rows.h"

namespace slalom::binding {

namespace {

// Calls visit(x as double) for every element until it returns false; the index where it did, or -1.
template <typename T, typename Visit>
int64_t scanAs(const Array& a, Visit visit) {
  const auto* x = reinterpret_cast<const T*>(a.data());
  const int64_t count = a.type.shape.size();
  for (int64_t i = 0; i < count; ++i) {
    if (!visit(static_cast<double>(x[i]))) return i;
  }
  return -1;
}

template <typename Visit>
int64_t scan(const Array& a, Visit visit) {
  switch (a.type.dtype) {
    case DType::f32:
      return scanAs<float>(a, visit);
    case DType::f64:
      return scanAs<double>(a, visit);
    case DType::i32:
      return scanAs<int32_t>(a, visit);
    default:
      return scanAs<uint8_t>(a, visit);
  }
}

constexpr int64_t kScanBlock = 4096;

// Positions along the last axis at which NaN is no fault; none if empty.
using MayBeMissing = std::vector<uint8_t>;

// Exponent bits all set: NaN or an infinity. Blocks first, so that the compiler can vectorise.
template <typename Word>
int64_t firstWith(const uint8_t* data, int64_t count, Word exponent, const MayBeMissing& missing) {
  const auto wordAt = [&](int64_t i) {
    Word word;
    std::memcpy(&word, data + static_cast<size_t>(i) * sizeof word, sizeof word);
    return word;
  };
  const auto at = [&](int64_t i) { return (wordAt(i) & exponent) == exponent; };
  const Word infinity = exponent << 1;  // without its sign
  const auto excused = [&](int64_t i) {
    return !missing.empty() && missing[static_cast<size_t>(i) % missing.size()] != 0 &&
           static_cast<Word>(wordAt(i) << 1) != infinity;
  };
  for (int64_t begin = 0; begin < count; begin += kScanBlock) {
    const int64_t end = std::min(begin + kScanBlock, count);
    int found = 0;
    for (int64_t i = begin; i < end; ++i) found |= at(i);
    for (int64_t i = begin; found && i < end; ++i) {
      if (at(i) && !excused(i)) return i;
    }
  }
  return -1;
}

int64_t firstNonFinite(const Array& a, const MayBeMissing& missing) {
  const int64_t count = a.type.shape.size();
  if (a.type.dtype == DType::f32) return firstWith<uint32_t>(a.data(), count, 0x7f800000u, missing);
  if (a.type.dtype == DType::f64) return firstWith<uint64_t>(a.data(), count, 0x7ff0000000000000ull, missing);
  return -1;
}

MayBeMissing toMayBeMissing(const Napi::Value& value, const Shape& shape) {
  if (value.IsUndefined()) return {};
  const int64_t last = shape.rank() == 0 ? 1 : shape[shape.rank() - 1];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array ||
      static_cast<int64_t>(value.As<Napi::TypedArray>().ElementLength()) != last) {
    throw Error::value("missing must be a Uint8Array of one byte for each position along the last axis");
  }
  const auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.Data() + bytes.ElementLength()};
}

int64_t rowSize(const Type& type) {
  const int64_t rows = type.shape.rank() > 0 ? type.shape[0] : 1;
  return rows == 0 ? 0 : type.shape.size() / rows;
}

// Keeps a SharedArrayBuffer's typed array alive; whichever thread lets go last, the reference is
// dropped on the JavaScript thread, or with its environment.
std::shared_ptr<void> keep(const Napi::Value& value) {
  auto* reference = new Napi::ObjectReference(Napi::Persistent(value.As<Napi::Object>()));
  reference->SuppressDestruct();
  return {reference, [back = Environment::of(value.Env()).back()](void* p) {
            const auto drop = [p](Napi::Env) {
              auto* owned = static_cast<Napi::ObjectReference*>(p);
              owned->Reset();
              delete owned;
            };
            back->send(drop);
          }};
}

}  // namespace

Array castArray(const Array& from, DType dtype) {
  Array out = Array::make({dtype, from.type.shape});
  const int32_t zero = 0;
  int64_t fault = INT64_MAX;
  GatherArgs args{};
  args.source = from.data();
  args.index = &zero;
  args.out = out.data();
  args.fault = &fault;
  args.sourceRows = args.count = 1;
  args.rowSize = from.type.shape.size();
  args.from = static_cast<Storage>(from.type.dtype);
  args.to = static_cast<Storage>(dtype);
  CallPlan plan{};
  processKernels().planGather(&args, &plan);
  const FloatMode mode;
  for (int i = 0; i < plan.count; ++i) plan.calls[i].run(plan.calls[i].args, 0, plan.calls[i].tiles, nullptr);
  return out;
}

Napi::Function ArrayHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeArray",
      {InstanceAccessor<&ArrayHandle::dtype>("dtype"), InstanceAccessor<&ArrayHandle::shape>("shape"),
       InstanceMethod<&ArrayHandle::read>("read"), InstanceMethod<&ArrayHandle::readInto>("readInto"),
       InstanceMethod<&ArrayHandle::release>("release"), InstanceMethod<&ArrayHandle::findNonFinite>("findNonFinite"),
       InstanceMethod<&ArrayHandle::range>("range"), InstanceMethod<&ArrayHandle::labelCounts>("labelCounts"),
       InstanceMethod<&ArrayHandle::slice>("slice"), InstanceMethod<&ArrayHandle::take>("take"),
       InstanceMethod<&ArrayHandle::mix>("mix"), InstanceMethod<&ArrayHandle::cast>("cast"),
       InstanceMethod<&ArrayHandle::reshape>("reshape")});
}

Napi::Object ArrayHandle::make(Napi::Env env, Array array) {
  const Napi::Object object = construct(env);
  from(object).keep(env, std::move(array));
  return object;
}

// Memory that another handle has too counts once.
void ArrayHandle::keep(Napi::Env env, Array array) {
  array_ = std::move(array);
  Block& block = *array_.block;
  answers_ = block.answerFor();
  if (answers_) setPressure(env, block.bytes());
  if (!LargeArrays::isLarge(block)) return;
  large_ = Environment::of(env).largeArrays();
  large_->add(env, this, answers_ ? block.bytes() : 0);
}

const Array& ArrayHandle::array() const {
  if (!array_.block) throw Error::value("this array was released");
  return array_;
}

void ArrayHandle::drop(Napi::Env env) {
  if (large_) large_->remove(this);
  large_.reset();
  if (answers_) array_.block->leave();
  answers_ = false;
  array_.block.reset();
  setPressure(env, 0);
}

Napi::Value ArrayHandle::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return fromArray(info.Env(), array()); });
}

void ArrayHandle::readInto(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const Napi::Value target = argument(info, 0, "target");
    const int64_t begin = toInteger(argument(info, 1, "begin"), "begin"), size = array().type.shape.size();
    const int64_t count =
        target.IsTypedArray() ? static_cast<int64_t>(target.As<Napi::TypedArray>().ElementLength()) : 0;
    if (begin < 0 || begin > size || count > size - begin) {
      throw Error::shape("elements " + std::to_string(begin) + " to " + std::to_string(begin + count) +
                         " are not all of " + array().type.toString());
    }
    const Elements elements = toElements(target, {array().type.dtype, Shape{count}});
    const int64_t each = sizeOf(array().type.dtype);
    if (count > 0) {
      std::memcpy(const_cast<uint8_t*>(elements.data), array().data() + begin * each,
                  static_cast<size_t>(count * each));
    }
  });
}

Napi::Value ArrayHandle::findNonFinite(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t at = firstNonFinite(array(), toMayBeMissing(info[0], array().type.shape));
    if (at < 0) return info.Env().Null();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("row", static_cast<double>(at / rowSize(array().type)));
    result.Set("column", static_cast<double>(at % rowSize(array().type)));
    return result;
  });
}

Napi::Value ArrayHandle::range(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    double least = std::numeric_limits<double>::infinity(), greatest = -least;
    scan(array(), [&](double x) {
      least = std::fmin(least, x);
      greatest = std::fmax(greatest, x);
      return true;
    });
    const int64_t fraction = scan(array(), [](double x) { return std::floor(x) == x; });
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("min", least);
    result.Set("max", greatest);
    result.Set("whole", fraction < 0);
    result.Set("firstFraction", static_cast<double>(fraction));
    return result;
  });
}

Napi::Value ArrayHandle::labelCounts(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t classes = toInteger(argument(info, 0, "classes"), "classes");
    if (classes < 0 || classes > INT32_MAX) throw Error::value("classes: expected 0 to 2^31 - 1");
    Napi::Float64Array counts = Napi::Float64Array::New(info.Env(), static_cast<size_t>(classes));
    scan(array(), [&](double x) {
      if (x >= 0 && x < static_cast<double>(classes) && std::floor(x) == x) ++counts[static_cast<size_t>(x)];
      return true;
    });
    return counts;
  });
}

Napi::Value ArrayHandle::slice(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t begin = toInteger(argument(info, 0, "begin"), "begin"),
                  end = toInteger(argument(info, 1, "end"), "end");
    if (array().type.shape.rank() == 0) throw Error::shape("a scalar has no rows to slice");
    if (begin < 0 || end < begin || end > array().type.shape[0]) {
      throw Error::value("rows [" + std::to_string(begin) + ", " + std::to_string(end) + ") are not in " +
                         array().type.toString());
    }
    Array part = array();
    part.offset += begin * rowSize(array().type) * sizeOf(array().type.dtype);
    part.type.shape[0] = end - begin;
    return make(info.Env(), std::move(part));
  });
}

Napi::Value ArrayHandle::take(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return make(info.Env(), takeRows(array(), toRows(argument(info, 0, "rows"), "rows")));
  });
}

Napi::Value ArrayHandle::mix(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const double share = toNumber(argument(info, 1, "share"), "share");
    return make(info.Env(), mixRows(array(), toRows(argument(info, 0, "partners"), "partners"), share));
  });
}

Napi::Value ArrayHandle::cast(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const DType dtype = toDType(argument(info, 0, "dtype"));
    return make(info.Env(), dtype == array().type.dtype ? array() : castArray(array(), dtype));
  });
}

Napi::Value ArrayHandle::reshape(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Shape shape = toShape(argument(info, 0, "shape"));
    if (shape.size() != array().type.shape.size()) {
      throw Error::shape("cannot reshape " + array().type.toString() + " to " + shape.toString());
    }
    Array same = array();
    same.type.shape = shape;
    return make(info.Env(), std::move(same));
  });
}

std::vector<Array> toArrays(const Napi::Value& value, const char* name) {
  std::vector<Array> arrays;
  for (const ArrayHandle* handle : ArrayHandle::listFrom(value, name)) arrays.push_back(handle->array());
  return arrays;
}

Napi::Value fromArrays(Napi::Env env, const std::vector<Array>& arrays) {
  Napi::Array list = Napi::Array::New(env, arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    const Napi::HandleScope scope(env);
    list.Set(static_cast<uint32_t>(i), ArrayHandle::make(env, arrays[i]));
  }
  return list;
}

Napi::Value makeArray(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Value data = argument(info, 0, "data");
    const Type type = toType(argument(info, 1, "dtype"), argument(info, 2, "shape"));
    const Elements elements = toElements(data, type);
    if (elements.shared) {
      auto block = Block::borrow(const_cast<uint8_t*>(elements.data), type.bytes(), keep(data));
      return ArrayHandle::make(info.Env(), {std::move(block), 0, type});
    }
    return ArrayHandle::make(info.Env(), Array::from(elements.data, type));
  });
}

Napi::Value makeZeros(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return ArrayHandle::make(info.Env(), Array::make(toType(argument(info, 0, "dtype"), argument(info, 1, "shape"))));
  });
}

}  // namespace slalom::binding
