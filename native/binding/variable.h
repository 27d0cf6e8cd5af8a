// NativeVariable: see src/native/binding.ts.
#pragma once

#include "../runtime/variable.h"
#include "array.h"

namespace slalom::binding {

class VariableHandle : public Handle<VariableHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x1d84e0f7b6524c93, 0x8a2f6be915c7d340};
  static constexpr const char* kName = "NativeVariable";

  static Napi::Function define(Napi::Env env);
  explicit VariableHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.variable; }
  static Napi::Object make(Napi::Env env, Array memory);

  const std::shared_ptr<Variable>& variable() const { return variable_; }

 private:
  Napi::Value dtype(const Napi::CallbackInfo& info) { return fromDType(info.Env(), variable_->type().dtype); }
  Napi::Value shape(const Napi::CallbackInfo& info) { return fromShape(info.Env(), variable_->type().shape); }
  Napi::Value leased(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), variable_->leased()); }
  Napi::Value read(const Napi::CallbackInfo& info);
  void write(const Napi::CallbackInfo& info);

  std::shared_ptr<Variable> variable_;
};

Variables toVariables(const Napi::Value& value, const char* name);

// addon.variable
Napi::Value makeVariable(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
