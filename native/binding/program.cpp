#include "program.h"

#include <algorithm>

#include "graph.h"

namespace slalom::binding {

namespace {

// Under AddressSanitizer instances poison what lies between buffers: see runtime/arena_poison.h.
#if defined(SLALOM_ASAN)
constexpr bool kRedZones = true;
#else
constexpr bool kRedZones = false;
#endif

CompileOptions toOptions(const Napi::CallbackInfo& info) {
  CompileOptions options;
  options.redZones = kRedZones;
  options.kernels = &processKernels();
  if (info.Length() < 2 || info[1].IsUndefined()) return options;
  const Napi::Object given = toObject(info[1], "options");
  if (given.Has("isa")) {
    const std::string isa = toText(given.Get("isa"), "isa");
    options.kernels = kernelsNamed(isa.c_str());
    if (!options.kernels) throw Error::value("this machine cannot run kernels '" + isa + "'");
  }
  if (given.Has("fuse")) options.fuse = toFlag(given.Get("fuse"), "fuse");
  return options;
}

}  // namespace

std::shared_ptr<const Program> LateProgram::get() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!program_) program_ = ProgramCache::shared().get(graph_, options_);
  graph_.reset();
  return program_;
}

bool LateProgram::isReady() {
  const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  return lock.owns_lock() && program_ != nullptr;
}

CheckedProgram checkedProgram(std::shared_ptr<const Graph> graph) {
  CompileOptions options;
  options.fuse = false;
  options.redZones = kRedZones;
  return [late = std::make_shared<LateProgram>(std::move(graph), options)] { return late->get(); };
}

Napi::Function ProgramHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeProgram",
      {InstanceMethod<&ProgramHandle::text>("toString"), InstanceAccessor<&ProgramHandle::flops>("flops"),
       InstanceAccessor<&ProgramHandle::arenaBytes>("arenaBytes"),
       InstanceAccessor<&ProgramHandle::straightCalls>("straightCalls")});
}

Napi::Object ProgramHandle::make(Napi::Env env, std::shared_ptr<LateProgram> program) {
  const Napi::Object object = construct(env);
  from(object).late_ = std::move(program);
  return object;
}

const Program& ProgramHandle::program(Napi::Env env) {
  const Program& program = *late_->get();
  setPressure(env, static_cast<int64_t>(program.constants.size() + program.blob.size() + program.text.size()));
  return program;
}

Napi::Value ProgramHandle::text(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), program(info.Env()).text); });
}

Napi::Value ProgramHandle::flops(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::Number::New(info.Env(), program(info.Env()).flops); });
}

Napi::Value ProgramHandle::arenaBytes(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), static_cast<double>(program(info.Env()).arenaBytes));
  });
}

Napi::Value ProgramHandle::straightCalls(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const KernelFn* const all = processKernels().straight;
    const auto isStraight = [&](const Step& step) {
      for (const KernelFn* fn = all; *fn; ++fn) {
        if (step.loop < 0 && step.call.run == *fn) return true;
      }
      return false;
    };
    const std::vector<Step>& steps = program(info.Env()).steps;
    return Napi::Number::New(info.Env(), static_cast<double>(std::count_if(steps.begin(), steps.end(), isStraight)));
  });
}

Napi::Value makeProgram(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const CompileOptions options = toOptions(info);
    GraphHandle& graph = GraphHandle::from(argument(info, 0, "graph"));
    return ProgramHandle::make(info.Env(), std::make_shared<LateProgram>(graph.share(), options));
  });
}

Napi::Value compileGraph(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const CompileOptions options = toOptions(info);
    const GraphHandle& graph = GraphHandle::from(argument(info, 0, "graph"));
    const Napi::Object made = ProgramHandle::make(info.Env(), std::make_shared<LateProgram>(graph.lend(), options));
    ProgramHandle::from(made).program(info.Env());
    return made;
  });
}

}  // namespace slalom::binding
