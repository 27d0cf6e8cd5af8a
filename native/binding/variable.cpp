#include "variable.h"

namespace slalom::binding {

Napi::Function VariableHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeVariable",
      {InstanceAccessor<&VariableHandle::dtype>("dtype"), InstanceAccessor<&VariableHandle::shape>("shape"),
       InstanceAccessor<&VariableHandle::leased>("leased"), InstanceMethod<&VariableHandle::read>("read"),
       InstanceMethod<&VariableHandle::write>("write")});
}

Napi::Object VariableHandle::make(Napi::Env env, Array memory) {
  const Napi::Object object = construct(env);
  VariableHandle& handle = from(object);
  handle.setPressure(env, memory.type.bytes());
  handle.variable_ = std::make_shared<Variable>(std::move(memory));
  return object;
}

namespace {
void refuseIfLeased(const Variable& variable) {
  if (variable.leased()) throw Error(ErrorCode::busy, "a run is training this variable");
}
}  // namespace

Napi::Value VariableHandle::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    refuseIfLeased(*variable_);
    return ArrayHandle::make(info.Env(), variable_->read());
  });
}

void VariableHandle::write(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    refuseIfLeased(*variable_);
    variable_->write(ArrayHandle::from(argument(info, 0, "value")).array());
  });
}

Variables toVariables(const Napi::Value& value, const char* name) {
  Variables variables;
  for (const VariableHandle* handle : VariableHandle::listFrom(value, name)) variables.push_back(handle->variable());
  return variables;
}

Napi::Value makeVariable(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Type type = toType(argument(info, 0, "dtype"), argument(info, 1, "shape"));
    if (info.Length() < 3 || info[2].IsUndefined()) return VariableHandle::make(info.Env(), Array::make(type));
    const Array& initial = ArrayHandle::from(argument(info, 2, "initial")).array();
    if (!(initial.type == type))
      throw Error::shape("expected " + type.toString() + ", found " + initial.type.toString());
    return VariableHandle::make(info.Env(), initial);
  });
}

}  // namespace slalom::binding
