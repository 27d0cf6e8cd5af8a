// NativeArray: see src/native/binding.ts.
#pragma once

#include "handle.h"

namespace slalom::binding {

class ArrayHandle : public Handle<ArrayHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x5f6d7b1c2a934e58, 0x9c41d07fe3b2a615};
  static constexpr const char* kName = "NativeArray";

  static Napi::Function define(Napi::Env env);
  explicit ArrayHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.array; }
  static Napi::Object make(Napi::Env env, Array array);

  const Array& array() const;  // throws Error once it was released
  void drop(Napi::Env env);    // the memory, not the handle
  void Finalize(Napi::Env env) override { drop(env); }

 private:
  Napi::Value dtype(const Napi::CallbackInfo& info) { return fromDType(info.Env(), array_.type.dtype); }
  Napi::Value shape(const Napi::CallbackInfo& info) { return fromShape(info.Env(), array_.type.shape); }
  Napi::Value read(const Napi::CallbackInfo& info);
  void readInto(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info) { drop(info.Env()); }
  void keep(Napi::Env env, Array array);
  Napi::Value findNonFinite(const Napi::CallbackInfo& info);
  Napi::Value labelCounts(const Napi::CallbackInfo& info);
  Napi::Value range(const Napi::CallbackInfo& info);
  Napi::Value slice(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value mix(const Napi::CallbackInfo& info);
  Napi::Value cast(const Napi::CallbackInfo& info);
  Napi::Value reshape(const Napi::CallbackInfo& info);

  Array array_;
  bool answers_ = false;                // to the garbage collector, for the bytes of its block
  std::shared_ptr<LargeArrays> large_;  // where it is one of them
};

// The same elements converted; on any thread.
Array castArray(const Array& from, DType dtype);

std::vector<Array> toArrays(const Napi::Value& value, const char* name);
Napi::Value fromArrays(Napi::Env env, const std::vector<Array>& arrays);

// addon.array and addon.zeros
Napi::Value makeArray(const Napi::CallbackInfo& info);
Napi::Value makeZeros(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
