#include "graph.h"

#include <mutex>

#include "../passes/passes.h"
#include "nearest.h"

namespace slalom::binding {

namespace {

// Under AddressSanitizer instances poison what lies between buffers: see runtime/arena_poison.h.
#if defined(SLALOM_ASAN)
constexpr bool kRedZones = true;
#else
constexpr bool kRedZones = false;
#endif

std::vector<std::string> opNames() {
  std::vector<std::string> names;
  for (const OpDef* op : allOps()) {
    if (!op->has(kInternal)) names.emplace_back(op->name);
  }
  return names;
}

}  // namespace

Napi::Function GraphHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeGraph",
      {InstanceMethod<&GraphHandle::input>("input"), InstanceMethod<&GraphHandle::constant>("constant"),
       InstanceMethod<&GraphHandle::scalar>("scalar"), InstanceMethod<&GraphHandle::emit>("emit"),
       InstanceMethod<&GraphHandle::resultCount>("resultCount"), InstanceMethod<&GraphHandle::dtype>("dtype"),
       InstanceMethod<&GraphHandle::shape>("shape"), InstanceMethod<&GraphHandle::setScope>("setScope"),
       InstanceMethod<&GraphHandle::gradientOf>("gradient"), InstanceMethod<&GraphHandle::output>("output"),
       InstanceMethod<&GraphHandle::commit>("commit"), InstanceMethod<&GraphHandle::guard>("guard"),
       InstanceMethod<&GraphHandle::text>("toString"), InstanceMethod<&GraphHandle::widenedCopy>("widened")});
}

Napi::Value GraphHandle::widenedCopy(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object object = construct(info.Env());
    from(object).graph_ = widened(graph_);
    return object;
  });
}

ValueId GraphHandle::toValue(const Napi::Value& value) const {
  const int64_t id = toInteger(value, "value");
  if (id < 0 || id >= static_cast<int64_t>(graph_.values.size())) throw Error::value("no such value in this graph");
  return static_cast<ValueId>(id);
}

std::vector<ValueId> GraphHandle::toValues(const Napi::Value& value, const char* name) const {
  const Napi::Array list = toList(value, name);
  std::vector<ValueId> values;
  for (uint32_t i = 0; i < list.Length(); ++i) values.push_back(toValue(list.Get(i)));
  return values;
}

Napi::Value GraphHandle::input(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::string kind = toText(argument(info, 0, "kind"), "kind");
    if (kind != "argument" && kind != "state")
      throw Error::value("kind: expected argument or state, found '" + kind + "'");
    const ValueId id = builder_.input(kind == "state" ? InputKind::state : InputKind::argument,
                                      toText(argument(info, 1, "name"), "name"),
                                      toType(argument(info, 2, "dtype"), argument(info, 3, "shape")));
    return Napi::Number::New(info.Env(), id);
  });
}

Napi::Value GraphHandle::constant(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Type type = toType(argument(info, 1, "dtype"), argument(info, 2, "shape"));
    const Elements elements = toElements(argument(info, 0, "data"), type);
    return Napi::Number::New(info.Env(), builder_.constant(elements.data, type));
  });
}

Napi::Value GraphHandle::scalar(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const double value = toNumber(argument(info, 0, "value"), "value");
    return Napi::Number::New(info.Env(), builder_.scalar(value, toDType(argument(info, 1, "dtype"))));
  });
}

Napi::Value GraphHandle::emit(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::string name = toText(argument(info, 0, "op"), "op");
    const OpDef* op = findOp(name);
    if (!op || op->has(kInternal)) throw Error::value("there is no op '" + name + "'" + didYouMean(name, opNames()));
    std::vector<std::shared_ptr<const Graph>> regions;
    if (info.Length() > 3 && !info[3].IsUndefined()) {
      for (const GraphHandle* region : listFrom(info[3], "regions")) {
        regions.push_back(std::make_shared<const Graph>(region->graph_));
      }
    }
    Attrs attrs = info.Length() > 2 ? toAttrs(info[2], *op) : Attrs();
    const ValueId first =
        builder_.emit(*op, toValues(argument(info, 1, "inputs"), "inputs"), std::move(attrs), std::move(regions));
    return Napi::Number::New(info.Env(), first);
  });
}

Napi::Value GraphHandle::resultCount(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), graph_.producer(toValue(argument(info, 0, "value"))).resultCount);
  });
}

Napi::Value GraphHandle::dtype(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return fromDType(info.Env(), graph_.type(toValue(argument(info, 0, "value"))).dtype); });
}

Napi::Value GraphHandle::shape(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return fromShape(info.Env(), graph_.type(toValue(argument(info, 0, "value"))).shape); });
}

void GraphHandle::setScope(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { builder_.setScope(graph_.scopeOf(toText(argument(info, 0, "path"), "path"))); });
}

Napi::Value GraphHandle::gradientOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ValueId y = toValue(argument(info, 0, "y"));
    const std::vector<ValueId> xs = toValues(argument(info, 1, "xs"), "xs");
    const ValueId seed = info.Length() > 2 && !info[2].IsUndefined() ? toValue(info[2]) : kNoValue;
    const int32_t scope = builder_.scope();
    const std::vector<ValueId> gradients = gradient(builder_, y, xs, seed);
    builder_.setScope(scope);
    Napi::Array list = Napi::Array::New(info.Env(), gradients.size());
    for (size_t i = 0; i < gradients.size(); ++i) list.Set(static_cast<uint32_t>(i), static_cast<double>(gradients[i]));
    return list;
  });
}

void GraphHandle::output(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { graph_.outputs.push_back(toValue(argument(info, 0, "value"))); });
}

void GraphHandle::commit(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const ValueId target = toValue(argument(info, 0, "target")), value = toValue(argument(info, 1, "value"));
    if (!(graph_.type(target) == graph_.type(value))) {
      throw Error(
          graph_.type(target).dtype == graph_.type(value).dtype ? ErrorCode::shape : ErrorCode::dtype,
          "cannot assign " + graph_.type(value).toString() + " to a variable of " + graph_.type(target).toString());
    }
    graph_.commits.push_back({target, value, toFlag(argument(info, 2, "guarded"), "guarded")});
  });
}

void GraphHandle::guard(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const ValueId value = toValue(argument(info, 0, "value"));
    if (!(graph_.type(value) == Type{DType::boolean, Shape{}})) {
      throw Error::value("a guard is bool[], found " + graph_.type(value).toString());
    }
    graph_.guards.push_back(value);
  });
}

Napi::Value GraphHandle::text(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), slalom::toString(graph_)); });
}

Napi::Function ProgramHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeProgram",
      {InstanceMethod<&ProgramHandle::text>("toString"), InstanceAccessor<&ProgramHandle::flops>("flops"),
       InstanceAccessor<&ProgramHandle::arenaBytes>("arenaBytes"),
       InstanceAccessor<&ProgramHandle::straightCalls>("straightCalls")});
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
    return Napi::Number::New(
        info.Env(), static_cast<double>(std::count_if(program_->steps.begin(), program_->steps.end(), isStraight)));
  });
}

Napi::Object ProgramHandle::make(Napi::Env env, std::shared_ptr<const Program> program) {
  const Napi::Object object = construct(env);
  ProgramHandle& handle = from(object);
  handle.setPressure(env,
                     static_cast<int64_t>(program->constants.size() + program->blob.size() + program->text.size()));
  handle.program_ = std::move(program);
  return object;
}

std::function<std::shared_ptr<const Program>()> checkedProgram(const Graph& graph) {
  struct Memo {
    std::once_flag once;
    Graph graph;
    std::shared_ptr<const Program> program;
  };
  auto memo = std::make_shared<Memo>();
  memo->graph = graph;
  return [memo] {
    std::call_once(memo->once, [&] {
      CompileOptions options;
      options.fuse = false;
      options.redZones = kRedZones;
      memo->program = compile(memo->graph, options);
    });
    return memo->program;
  };
}

Napi::Value makeGraph(const Napi::CallbackInfo& info) { return GraphHandle::construct(info.Env()); }

Napi::Value compileGraph(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    CompileOptions options;
    options.redZones = kRedZones;
    if (info.Length() > 1 && !info[1].IsUndefined()) {
      const Napi::Object given = toObject(info[1], "options");
      if (given.Has("isa")) {
        const std::string isa = toText(given.Get("isa"), "isa");
        options.kernels = kernelsNamed(isa.c_str());
        if (!options.kernels) throw Error::value("this machine cannot run kernels '" + isa + "'");
      }
      if (given.Has("fuse")) options.fuse = toFlag(given.Get("fuse"), "fuse");
    }
    return ProgramHandle::make(info.Env(), compile(GraphHandle::from(argument(info, 0, "graph")).graph(), options));
  });
}

}  // namespace slalom::binding
