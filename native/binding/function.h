// NativeFunction: see src/native/binding.ts.
#pragma once

#include "handle.h"
#include "program.h"

namespace slalom::binding {

// A function that is made when it is first called, with its program, by whatever thread calls.
class LateFunction {
 public:
  LateFunction(std::shared_ptr<LateProgram> program, Variables variables, CheckedProgram checked)
      : program_(std::move(program)), variables_(std::move(variables)), checked_(std::move(checked)) {}

  // Throws Error when program and variables do not fit, or what compiling throws.
  Function& get();

 private:
  std::mutex mutex_;
  std::shared_ptr<LateProgram> program_;
  Variables variables_;
  CheckedProgram checked_;
  std::unique_ptr<Function> function_;
};

class FunctionHandle : public Handle<FunctionHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x0ea7d3c86b194f52, 0x95cb207e1fd468a3};
  static constexpr const char* kName = "NativeFunction";

  static Napi::Function define(Napi::Env env);
  explicit FunctionHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.function; }
  static Napi::Object make(Napi::Env env, std::shared_ptr<LateFunction> function);

  // On the JavaScript thread, made if need be.
  Function& made(Napi::Env env);

 private:
  Napi::Value callSync(const Napi::CallbackInfo& info);
  void callInto(const Napi::CallbackInfo& info);
  Napi::Value call(const Napi::CallbackInfo& info);
  Napi::Value profile(const Napi::CallbackInfo& info);
  Napi::Value pin(const Napi::CallbackInfo& info);
  void unpin(const Napi::CallbackInfo&) { pin_.reset(); }

  std::shared_ptr<LateFunction> function_;
  std::shared_ptr<const Pin> pin_;  // null: calls see the variables as they are then
};

// addon.bind
Napi::Value bindProgram(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
