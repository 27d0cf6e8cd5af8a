#include "function.h"

#include "array.h"
#include "graph.h"
#include "promise.h"
#include "variable.h"

namespace slalom::binding {

Napi::Function FunctionHandle::define(Napi::Env env) {
  return DefineClass(env, "NativeFunction",
                     {InstanceMethod<&FunctionHandle::callSync>("callSync"), InstanceMethod<&FunctionHandle::call>("call")});
}

Napi::Value FunctionHandle::callSync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return fromArrays(info.Env(), function_->call(toArrays(argument(info, 0, "arguments"), "arguments"))); });
}

Napi::Value FunctionHandle::call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Environment& environment = Environment::of(info.Env());
    return promiseOf(
        info.Env(), [&](std::function<void()> task) { environment.post(std::move(task)); },
        [function = function_, arguments = toArrays(argument(info, 0, "arguments"), "arguments")] { return function->call(arguments); },
        [](Napi::Env env, const std::vector<Array>& results) { return fromArrays(env, results); });
  });
}

Napi::Value bindProgram(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto program = ProgramHandle::from(argument(info, 0, "program")).program();
    CheckedProgram checked;
    if (info.Length() > 2 && !info[2].IsUndefined()) checked = checkedProgram(GraphHandle::from(info[2]).graph());
    auto function = std::make_shared<Function>(program, toVariables(argument(info, 1, "variables"), "variables"), std::move(checked));
    const Napi::Object object = Environment::of(info.Env()).function.New({});
    FunctionHandle::from(object).set(std::move(function));
    return object;
  });
}

}  // namespace slalom::binding
