// The addon's exports: see src/native/binding.ts.
#include "../ops/build.h"
#include "../runtime/random.h"
#include "array.h"
#include "data.h"
#include "function.h"
#include "graph.h"
#include "profile.h"
#include "session.h"
#include "variable.h"

namespace slalom::binding {

namespace {

Napi::Value randomKey(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto seed = static_cast<uint64_t>(toInteger(argument(info, 0, "seed"), "seed"));
    const std::string path = toText(argument(info, 1, "path"), "path");
    const uint64_t key = hash64(seed, path, static_cast<uint64_t>(toInteger(argument(info, 2, "n"), "n")));
    return Napi::BigInt::New(info.Env(), key);
  });
}

Napi::Value random(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::string kind = toText(argument(info, 0, "kind"), "kind");
    const auto key = static_cast<uint64_t>(toInteger(argument(info, 1, "key"), "key"));
    const Type type = toType(argument(info, 2, "dtype"), argument(info, 3, "shape"));
    const double low = toNumber(argument(info, 4, "low"), "low");
    if (kind == "orthogonal") return ArrayHandle::make(info.Env(), orthogonal(key, type, low, processKernels()));
    const double high = toNumber(argument(info, 5, "high"), "high");
    if (kind != "uniform" && kind != "normal" && kind != "truncatedNormal")
      throw Error::value("there is no random kind '" + kind + "'");
    const Draw draws = kind == "uniform" ? Draw::uniform : kind == "normal" ? Draw::normal : Draw::truncatedNormal;
    return ArrayHandle::make(info.Env(), draw(draws, key, type, low, high, processKernels()));
  });
}

Napi::Value packOffsetsOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return fromShape(info.Env(), Shape(packOffsets(toIntegers(argument(info, 0, "sizes"), "sizes"))));
  });
}

Napi::Value permutation(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int64_t rows = toInteger(argument(info, 2, "rows"), "rows");
    if (rows < 0 || rows > INT32_MAX) throw Error::value("rows: expected 0 to 2^31 - 1");
    std::vector<int32_t> order(static_cast<size_t>(rows));
    permute(static_cast<uint64_t>(toInteger(argument(info, 0, "seed"), "seed")),
            static_cast<uint64_t>(toInteger(argument(info, 1, "epoch"), "epoch")), order);
    Napi::Int32Array result = Napi::Int32Array::New(info.Env(), order.size());
    std::copy(order.begin(), order.end(), result.Data());
    return result;
  });
}

void setThreads(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const int64_t count = toInteger(argument(info, 0, "count"), "count");
    if (count < 1 || count > kMaxThreads)
      throw Error::value("threads: expected 1 to " + std::to_string(kMaxThreads) + ", found " + std::to_string(count));
    setThreadCount(static_cast<int>(count));
  });
}

Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), threadCount()); }
Napi::Value isa(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), processKernels().name); });
}
Napi::Value isas(const Napi::CallbackInfo& info) {
  Napi::Array list = Napi::Array::New(info.Env());
  uint32_t count = 0;
  for (const char* const* name = availableKernels(); *name; ++name) list.Set(count++, *name);
  return list;
}
Napi::Value matrixUnit(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const KernelTable& kernels = processKernels();
    return Napi::Boolean::New(info.Env(), kernels.matrixUnit != nullptr && kernels.matrixUnit());
  });
}
Napi::Value live(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(liveBytes()));
}

Napi::Value ops(const Napi::CallbackInfo& info) {
  const char* const kinds[] = {"flag", "integer", "number", "integers", "text", "bytes"};
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (const OpDef* op : allOps()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", std::string(op->name));
    entry.Set("doc", std::string(op->doc));
    entry.Set("internal", op->has(kInternal));
    entry.Set("minInputs", op->minInputs);
    entry.Set("maxInputs", op->maxInputs);
    Napi::Array attrs = Napi::Array::New(env);
    for (const AttrSpec& spec : op->attrs) {
      Napi::Object attr = Napi::Object::New(env);
      attr.Set("name", std::string(spec.name));
      attr.Set("kind", kinds[spec.kind]);
      attr.Set("required", spec.required);
      attrs.Set(attrs.Length(), attr);
    }
    entry.Set("attrs", attrs);
    list.Set(list.Length(), entry);
  }
  return list;
}

void defineClasses(Napi::Env env, Environment& e) {
  e.array = Napi::Persistent(ArrayHandle::define(env));
  e.variable = Napi::Persistent(VariableHandle::define(env));
  e.graph = Napi::Persistent(GraphHandle::define(env));
  e.program = Napi::Persistent(ProgramHandle::define(env));
  e.function = Napi::Persistent(FunctionHandle::define(env));
  e.session = Napi::Persistent(SessionHandle::define(env));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment(env);
  env.SetInstanceData(environment);
  defineClasses(env, *environment);
  exports.Set("array", Napi::Function::New<makeArray>(env));
  exports.Set("zeros", Napi::Function::New<makeZeros>(env));
  exports.Set("variable", Napi::Function::New<makeVariable>(env));
  exports.Set("graph", Napi::Function::New<makeGraph>(env));
  exports.Set("compile", Napi::Function::New<compileGraph>(env));
  exports.Set("program", Napi::Function::New<makeProgram>(env));
  exports.Set("bind", Napi::Function::New<bindProgram>(env));
  exports.Set("session", Napi::Function::New<makeSession>(env));
  exports.Set("columnStatistics", Napi::Function::New<columnStatisticsOf>(env));
  exports.Set("matchRows", Napi::Function::New<matchRowsOf>(env));
  exports.Set("measurePeak", Napi::Function::New<measurePeakOf>(env));
  exports.Set("randomKey", Napi::Function::New<randomKey>(env));
  exports.Set("random", Napi::Function::New<random>(env));
  exports.Set("packOffsets", Napi::Function::New<packOffsetsOf>(env));
  exports.Set("permutation", Napi::Function::New<permutation>(env));
  exports.Set("setThreads", Napi::Function::New<setThreads>(env));
  exports.Set("threads", Napi::Function::New<threads>(env));
  exports.Set("isa", Napi::Function::New<isa>(env));
  exports.Set("matrixUnit", Napi::Function::New<matrixUnit>(env));
  exports.Set("isas", Napi::Function::New<isas>(env));
  exports.Set("ops", Napi::Function::New<ops>(env));
  exports.Set("liveBytes", Napi::Function::New<live>(env));
  return exports;
}

NODE_API_MODULE(slalom, init)

}  // namespace

}  // namespace slalom::binding
