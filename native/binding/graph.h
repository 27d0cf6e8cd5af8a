// NativeGraph and NativeProgram: see src/native/binding.ts.
#pragma once

#include "../ops/build.h"
#include "../runtime/program.h"
#include "handle.h"

namespace slalom::binding {

class GraphHandle : public Handle<GraphHandle> {
 public:
  static constexpr napi_type_tag kTag = {0xc35a9be4d2074f16, 0xa7e1480b6cf95d23};
  static constexpr const char* kName = "NativeGraph";

  static Napi::Function define(Napi::Env env);
  explicit GraphHandle(const Napi::CallbackInfo& info) : Handle(info), builder_(graph_) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.graph; }

  const Graph& graph() const { return graph_; }

 private:
  Napi::Value input(const Napi::CallbackInfo& info);
  Napi::Value constant(const Napi::CallbackInfo& info);
  Napi::Value scalar(const Napi::CallbackInfo& info);
  Napi::Value emit(const Napi::CallbackInfo& info);
  Napi::Value resultCount(const Napi::CallbackInfo& info);
  Napi::Value dtype(const Napi::CallbackInfo& info);
  Napi::Value shape(const Napi::CallbackInfo& info);
  void setScope(const Napi::CallbackInfo& info);
  Napi::Value gradientOf(const Napi::CallbackInfo& info);
  void output(const Napi::CallbackInfo& info);
  void commit(const Napi::CallbackInfo& info);
  void guard(const Napi::CallbackInfo& info);
  Napi::Value text(const Napi::CallbackInfo& info);
  Napi::Value widenedCopy(const Napi::CallbackInfo& info);

  ValueId toValue(const Napi::Value& value) const;
  std::vector<ValueId> toValues(const Napi::Value& value, const char* name) const;

  Graph graph_;
  Builder builder_;
};

class ProgramHandle : public Handle<ProgramHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x72f0c1d95be84a3e, 0xb8164d2fa90ce357};
  static constexpr const char* kName = "NativeProgram";

  static Napi::Function define(Napi::Env env);
  explicit ProgramHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.program; }
  static Napi::Object make(Napi::Env env, std::shared_ptr<const Program> program);

  const std::shared_ptr<const Program>& program() const { return program_; }

 private:
  Napi::Value text(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), program_->text); }
  Napi::Value flops(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), program_->flops); }
  Napi::Value arenaBytes(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(program_->arenaBytes));
  }
  Napi::Value straightCalls(const Napi::CallbackInfo& info);

  std::shared_ptr<const Program> program_;
};

// The unfused program of a graph, made when it is first asked for.
std::function<std::shared_ptr<const Program>()> checkedProgram(const Graph& graph);

// addon.graph, addon.compile
Napi::Value makeGraph(const Napi::CallbackInfo& info);
Napi::Value compileGraph(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
