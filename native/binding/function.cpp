#include "function.h"

#include "array.h"
#include "graph.h"
#include "profile.h"
#include "promise.h"
#include "variable.h"

namespace slalom::binding {

Napi::Function FunctionHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeFunction",
      {InstanceMethod<&FunctionHandle::callSync>("callSync"), InstanceMethod<&FunctionHandle::callInto>("callInto"),
       InstanceMethod<&FunctionHandle::call>("call"), InstanceMethod<&FunctionHandle::profile>("profile"),
       InstanceMethod<&FunctionHandle::pin>("pin"), InstanceMethod<&FunctionHandle::unpin>("unpin")});
}

Function& LateFunction::get() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!function_) function_ = std::make_unique<Function>(program_->get(), variables_, checked_);
  return *function_;
}

// An array of the core, or one over a typed array's memory, which stays where it is during a call.
static Array toOperand(const Napi::Value& value, const Type& type) {
  if (!value.IsTypedArray()) return ArrayHandle::from(value).array();
  return {Block::borrow(const_cast<uint8_t*>(toElements(value, type).data), type.bytes(), nullptr), 0, type};
}

Napi::Object FunctionHandle::make(Napi::Env env, std::shared_ptr<LateFunction> function) {
  const Napi::Object object = construct(env);
  from(object).function_ = std::move(function);
  return object;
}

Function& FunctionHandle::made(Napi::Env env) {
  Function& function = function_->get();
  if (!pin_) setPressure(env, function.bytes());
  return function;
}

Napi::Value FunctionHandle::callSync(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return fromArrays(info.Env(),
                      made(info.Env()).call(toArrays(argument(info, 0, "arguments"), "arguments"), pin_.get()));
  });
}

void FunctionHandle::callInto(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Function& function = made(info.Env());
    const std::vector<ProgramOutput>& outputs = function.outputs();
    const size_t taken = info.Length() < outputs.size() ? 0 : info.Length() - outputs.size();
    std::vector<Array> arguments;
    arguments.reserve(taken);
    for (const ProgramInput& input : function.inputs()) {
      if (input.kind != InputKind::argument || arguments.size() == taken) continue;
      arguments.push_back(toOperand(info[arguments.size()], input.type));
    }
    if (arguments.size() < taken) {
      throw Error::value("expected " + std::to_string(arguments.size()) + " arguments, found " + std::to_string(taken));
    }
    std::vector<uint8_t*> targets;
    targets.reserve(outputs.size());
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Elements elements = toElements(argument(info, taken + i, "target"), outputs[i].type);
      targets.push_back(const_cast<uint8_t*>(elements.data));
    }
    function.callInto(arguments, targets, pin_.get());
  });
}

Napi::Value FunctionHandle::call(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    using Results = std::vector<Array>;
    auto arguments = toArrays(argument(info, 0, "arguments"), "arguments");
    const auto finish = [this](Napi::Env env, const Results& results) {
      made(env);
      return fromArrays(env, results);
    };
    auto pending = std::make_shared<Pending<Results>>(info.Env(), this, finish);
    Environment::of(info.Env()).post([pending, function = function_, pin = pin_, arguments = std::move(arguments)] {
      pending->run([&] { return function->get().call(arguments, pin.get()); });
    });
    return pending->promise();
  });
}

Napi::Value FunctionHandle::profile(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    auto arguments = toArrays(argument(info, 0, "arguments"), "arguments");
    const int64_t warmUps = toInteger(argument(info, 1, "warmUps"), "warmUps");
    const int64_t repeats = toInteger(argument(info, 2, "repeats"), "repeats");
    auto pending = std::make_shared<Pending<Profile>>(info.Env(), this, fromProfile);
    Environment::of(info.Env())
        .post([pending, function = function_, arguments = std::move(arguments), warmUps, repeats] {
          pending->run([&] { return function->get().profile(arguments, warmUps, repeats); });
        });
    return pending->promise();
  });
}

Napi::Value FunctionHandle::pin(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object object = construct(info.Env());
    FunctionHandle& handle = from(object);
    handle.pin_ = made(info.Env()).pin();
    handle.function_ = function_;
    return object;
  });
}

Napi::Value bindProgram(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::shared_ptr<LateProgram>& program = ProgramHandle::from(argument(info, 0, "program")).late();
    CheckedProgram checked;
    if (info.Length() > 2 && !info[2].IsUndefined()) checked = checkedProgram(GraphHandle::from(info[2]).share());
    auto function = std::make_shared<LateFunction>(program, toVariables(argument(info, 1, "variables"), "variables"),
                                                   std::move(checked));
    const Napi::Object object = FunctionHandle::make(info.Env(), std::move(function));
    if (program->isReady()) FunctionHandle::from(object).made(info.Env());
    return object;
  });
}

}  // namespace slalom::binding
