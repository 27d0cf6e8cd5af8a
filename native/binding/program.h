// NativeProgram: see src/native/binding.ts.
#pragma once

#include <mutex>

#include "../passes/program_cache.h"
#include "../runtime/function.h"
#include "handle.h"

namespace slalom::binding {

// A program that is compiled when it is first asked for, by whatever thread asks.
class LateProgram {
 public:
  LateProgram(std::shared_ptr<const Graph> graph, const CompileOptions& options)
      : graph_(std::move(graph)), options_(options) {}

  // Waits while another thread compiles it. Throws Error; who asks again compiles again.
  std::shared_ptr<const Program> get();
  // Whether `get` would return at once; never waits.
  bool isReady();

 private:
  std::mutex mutex_;
  std::shared_ptr<const Graph> graph_;  // null once compiled
  CompileOptions options_;
  std::shared_ptr<const Program> program_;
};

class ProgramHandle : public Handle<ProgramHandle> {
 public:
  static constexpr napi_type_tag kTag = {0x72f0c1d95be84a3e, 0xb8164d2fa90ce357};
  static constexpr const char* kName = "NativeProgram";

  static Napi::Function define(Napi::Env env);
  explicit ProgramHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.program; }
  static Napi::Object make(Napi::Env env, std::shared_ptr<LateProgram> program);

  const std::shared_ptr<LateProgram>& late() const { return late_; }

  // On the JavaScript thread, compiled if need be.
  const Program& program(Napi::Env env);

 private:
  Napi::Value text(const Napi::CallbackInfo& info);
  Napi::Value flops(const Napi::CallbackInfo& info);
  Napi::Value arenaBytes(const Napi::CallbackInfo& info);
  Napi::Value straightCalls(const Napi::CallbackInfo& info);

  std::shared_ptr<LateProgram> late_;
};

// The unfused program of a graph, made when it is first asked for.
CheckedProgram checkedProgram(std::shared_ptr<const Graph> graph);

// addon.compile, addon.program
Napi::Value compileGraph(const Napi::CallbackInfo& info);
Napi::Value makeProgram(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
