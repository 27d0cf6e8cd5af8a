// JavaScript objects that stand for something of the core, safe against forged ones.
#pragma once

#include <napi.h>

#include "convert.h"
#include "environment.h"

namespace slalom::binding {

// T::kTag: 128 bits that only objects made by T's constructor bear; T::constructor(Environment&): that
// constructor. Methods on other receivers are refused by V8 (napi_define_class signs them).
template <typename T>
class Handle : public Napi::ObjectWrap<T> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    if (!Environment::of(info.Env()).constructing) {
      throw Napi::TypeError::New(info.Env(), std::string(T::kName) + " objects are made by the addon only");
    }
    info.This().As<Napi::Object>().TypeTag(&T::kTag);
  }

  // An empty handle, to be filled by whoever asks.
  static Napi::Object construct(Napi::Env env) {
    Environment& environment = Environment::of(env);
    const Environment::Constructing scope(environment);
    return T::constructor(environment).New({});
  }

  static T& from(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&T::kTag)) {
      throw Error::value(std::string("expected a ") + T::kName);
    }
    return *Napi::ObjectWrap<T>::Unwrap(value.As<Napi::Object>());
  }

  static std::vector<T*> listFrom(const Napi::Value& value, const char* name) {
    const Napi::Array list = toList(value, name);
    std::vector<T*> result;
    for (uint32_t i = 0; i < list.Length(); ++i) result.push_back(&from(list.Get(i)));
    return result;
  }

  // Tells the garbage collector how much memory hangs on this object.
  void setPressure(Napi::Env env, int64_t bytes) {
    if (bytes != pressure_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - pressure_);
    pressure_ = bytes;
  }
  void Finalize(Napi::Env env) override { setPressure(env, 0); }

 private:
  int64_t pressure_ = 0;
};

}  // namespace slalom::binding
