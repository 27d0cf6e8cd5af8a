// JavaScript objects that stand for something of the core, safe against forged ones.
#pragma once

#include <napi.h>

#include "convert.h"
#include "environment.h"

namespace slalom::binding {

// Tag: 128 bits that only objects made by T's constructor bear.
template <typename T>
class Handle : public Napi::ObjectWrap<T> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    info.This().As<Napi::Object>().TypeTag(&T::kTag);
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
};

}  // namespace slalom::binding
