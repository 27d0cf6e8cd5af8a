// NativeFunction: see src/native/binding.ts.
#pragma once

#include "../runtime/function.h"
#include "handle.h"

namespace slalom::binding {

class FunctionHandle : public Handle<FunctionHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x0ea7d3c86b194f52, 0x95cb207e1fd468a3};
  static constexpr const char* kName = "NativeFunction";

  static Napi::Function define(Napi::Env env);
  explicit FunctionHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.function; }
  static Napi::Object make(Napi::Env env, std::shared_ptr<Function> function);

 private:
  Napi::Value callSync(const Napi::CallbackInfo& info);
  Napi::Value call(const Napi::CallbackInfo& info);
  Napi::Value profile(const Napi::CallbackInfo& info);
  Napi::Value pin(const Napi::CallbackInfo& info);
  void unpin(const Napi::CallbackInfo&) { pin_.reset(); }

  std::shared_ptr<Function> function_;
  std::shared_ptr<const Pin> pin_;  // null: calls see the variables as they are then
};

// addon.bind
Napi::Value bindProgram(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
