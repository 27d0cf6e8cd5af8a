#include "session.h"

#include <algorithm>
#include <cstring>

#include "array.h"
#include "graph.h"
#include "promise.h"
#include "variable.h"

namespace slalom::binding {

SessionHost::SessionHost(SessionOptions options, std::vector<LateStep> later)
    : session(std::move(options)), engine_(std::make_unique<Engine>()), slices_(std::in_place) {
  if (!later.empty()) post([this, later = std::move(later)] { open(later); });
}

void SessionHost::open(const std::vector<LateStep>& later) {
  try {
    std::vector<SessionProgram> programs;
    for (const LateStep& step : later) programs.push_back(step.get());
    session.open(std::move(programs));
    session.settle();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

Session& SessionHost::opened() {
  if (failure_) std::rethrow_exception(failure_);
  return session;
}

void SessionHost::stop() {
  session.abort();
  engine_.reset();
  slices_.reset();
  session.close();
}

Napi::Function SessionHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeSession",
      {InstanceMethod<&SessionHandle::ready>("ready"), InstanceMethod<&SessionHandle::run>("run"),
       InstanceMethod<&SessionHandle::abort>("abort"), InstanceMethod<&SessionHandle::snapshot>("snapshot"),
       InstanceMethod<&SessionHandle::close>("close")});
}

Napi::Object SessionHandle::make(Napi::Env env, std::shared_ptr<SessionHost> host, int64_t bytes) {
  const Napi::Object object = construct(env);
  SessionHandle& handle = from(object);
  Environment::of(env).add(host);
  handle.setPressure(env, bytes);
  handle.host_ = std::move(host);
  return object;
}

SessionHost& SessionHandle::open() const {
  if (!closed_.IsEmpty() || host_->stopped()) throw Error::value("this session is closed");
  return *host_;
}

// Nothing is running: a pending promise keeps its session.
void SessionHandle::Finalize(Napi::Env env) {
  Handle::Finalize(env);
  if (!host_) return;
  host_->stop();
  Environment::of(env).remove(host_);
}

namespace {

Napi::Value fromDoubles(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array array = Napi::Float64Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(double));
  return array;
}

Napi::Value fromEpochs(Napi::Env env, const std::vector<EpochSums>& epochs) {
  std::vector<double> numbers;
  for (const EpochSums& epoch : epochs) {
    for (const int64_t number : {epoch.epoch, epoch.steps, epoch.rows}) numbers.push_back(static_cast<double>(number));
    numbers.insert(numbers.end(), epoch.sums.begin(), epoch.sums.end());
  }
  return fromDoubles(env, numbers);
}

Napi::Value fromRefusal(Napi::Env env, const Refusal& refusal) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("epoch", static_cast<double>(refusal.epoch));
  object.Set("batch", static_cast<double>(refusal.batch));
  object.Set("op", refusal.found ? refusal.found->op : "");
  object.Set("path", refusal.found ? refusal.found->path : "");
  object.Set("type", refusal.found ? refusal.found->type : "");
  object.Set("kind", refusal.found && !refusal.found->nan ? "Infinity" : "NaN");
  Napi::Int32Array rows = Napi::Int32Array::New(env, refusal.rows.size());
  if (!refusal.rows.empty()) std::memcpy(rows.Data(), refusal.rows.data(), refusal.rows.size() * sizeof(int32_t));
  object.Set("rows", rows);
  return object;
}

Napi::Value fromResult(Napi::Env env, const RunResult& result, bool perStep) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(result.steps));
  object.Set("stop", result.stop == Stop::done ? "done" : result.stop == Stop::aborted ? "aborted" : "refused");
  object.Set("epochs", fromEpochs(env, result.epochs));
  if (perStep) object.Set("perStep", fromDoubles(env, result.perStep));
  if (result.refusal) object.Set("refused", fromRefusal(env, *result.refusal));
  object.Set("seconds", result.seconds);
  return object;
}

LateStep toStep(const Napi::Value& value) {
  const Napi::Object p = toObject(value, "program");
  return {toInteger(property(p, "batch"), "batch"), ProgramHandle::from(property(p, "program")).late(),
          checkedProgram(GraphHandle::from(property(p, "checked")).share())};
}

std::vector<int32_t> toOrder(const Napi::Value& value) {
  if (value.IsUndefined()) return {};
  return toRows(value, "order");
}

std::vector<double> toSums(const Napi::Value& value) {
  if (value.IsUndefined()) return {};
  return toDoubles(value, "sums");
}

// A batch whose program may be compiled later.
struct LateBatch {
  LateStep step;
  std::vector<Array> columns;
  int64_t first;
};

std::vector<LateBatch> toFresh(const Napi::Value& value) {
  std::vector<LateBatch> fresh;
  if (value.IsUndefined()) return fresh;
  const Napi::Array list = toList(value, "fresh");
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::HandleScope scope(value.Env());
    const Napi::Object batch = toObject(list.Get(i), "fresh");
    const Napi::Value program = property(batch, "program");
    // The program to check with is one for batches alike that follow each other.
    const bool known = i > 0 && ProgramHandle::from(property(toObject(program, "program"), "program")).late() ==
                                    fresh.back().step.program;
    fresh.push_back({known ? fresh.back().step : toStep(program), toArrays(property(batch, "columns"), "columns"),
                     toInteger(property(batch, "first"), "first")});
  }
  return fresh;
}

RunSpec toRunSpec(const Napi::Value& value) {
  const Napi::Object given = toObject(value, "spec");
  RunSpec spec{};
  spec.epoch = toInteger(property(given, "epoch"), "epoch");
  spec.batch = toInteger(property(given, "batch"), "batch");
  spec.steps = toInteger(property(given, "steps"), "steps");
  spec.perStep = toFlag(property(given, "perStep"), "perStep");
  const Napi::Value scalars = property(given, "scalars");
  if (!scalars.IsTypedArray() || scalars.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    throw Error::value("scalars: expected a Float32Array");
  }
  const auto values = scalars.As<Napi::Float32Array>();
  spec.scalars.assign(values.Data(), values.Data() + values.ElementLength());
  spec.sums = toSums(given.Get("sums"));
  spec.order = toOrder(given.Get("order"));
  return spec;
}

SessionOptions toOptions(const Napi::Value& value) {
  const Napi::Object given = toObject(value, "options");
  SessionOptions options;
  options.variables = toVariables(property(given, "variables"), "variables");
  options.columns = toArrays(property(given, "columns"), "columns");
  options.data.rows = toInteger(property(given, "rows"), "rows");
  options.data.batchSize = toInteger(property(given, "batchSize"), "batchSize");
  options.data.shuffle = toFlag(property(given, "shuffle"), "shuffle");
  options.data.seed = static_cast<uint64_t>(toInteger(property(given, "seed"), "seed"));
  options.data.dropLast = toFlag(property(given, "dropLast"), "dropLast");
  options.scalars = static_cast<int32_t>(toInteger(property(given, "scalars"), "scalars"));
  options.lease = toFlag(property(given, "lease"), "lease");
  options.pin = toFlag(property(given, "pin"), "pin");
  if (options.scalars < 0 || options.scalars > 65536) throw Error::value("scalars: expected 0 to 65536");
  return options;
}

std::vector<LateStep> toSteps(const Napi::Value& value) {
  std::vector<LateStep> steps;
  const Napi::Array programs = toList(property(toObject(value, "options"), "programs"), "programs");
  for (uint32_t i = 0; i < programs.Length(); ++i) steps.push_back(toStep(programs.Get(i)));
  if (steps.empty()) throw Error::value("a session needs a program");
  return steps;
}

// The first argument, or all places.
std::vector<size_t> toPlaces(const Napi::CallbackInfo& info, size_t variables) {
  std::vector<size_t> places;
  if (info.Length() == 0 || info[0].IsUndefined()) {
    for (size_t i = 0; i < variables; ++i) places.push_back(i);
    return places;
  }
  for (const int64_t place : toIntegers(info[0], "which")) {
    if (place < 0 || place >= static_cast<int64_t>(variables)) throw Error::value("which: there is no such variable");
    places.push_back(static_cast<size_t>(place));
  }
  return places;
}

}  // namespace

Napi::Value SessionHandle::ready(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    SessionHost& host = open();
    const auto finish = [this](Napi::Env env, const int64_t& bytes) -> Napi::Value {
      if (closed_.IsEmpty()) setPressure(env, bytes);
      return env.Undefined();
    };
    auto pending = std::make_shared<Pending<int64_t>>(info.Env(), this, finish);
    host.post([pending, host = &host] { pending->run([&] { return host->opened().bytes(); }); });
    return pending->promise();
  });
}

Napi::Value SessionHandle::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    SessionHost& host = open();
    const Napi::Value given = argument(info, 0, "spec");
    RunSpec spec = toRunSpec(given);
    std::vector<LateBatch> fresh = toFresh(toObject(given, "spec").Get("fresh"));
    const auto finish = [perStep = spec.perStep](Napi::Env env, const RunResult& result) {
      return fromResult(env, result, perStep);
    };
    auto pending = std::make_shared<Pending<RunResult>>(info.Env(), this, finish);
    host.post([pending, host = &host, spec = std::move(spec), fresh = std::move(fresh)]() mutable {
      pending->run([&] {
        Session& session = host->opened();
        for (LateBatch& batch : fresh) spec.fresh.push_back({batch.step.get(), std::move(batch.columns), batch.first});
        return session.run(spec);
      });
    });
    return pending->promise();
  });
}

void SessionHandle::abort(const Napi::CallbackInfo&) { host_->session.abort(); }

Napi::Value SessionHandle::snapshot(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    SessionHost& host = open();
    using Copies = std::vector<Array>;
    auto pending = std::make_shared<Pending<Copies>>(info.Env(), this, fromArrays);
    const auto which = toPlaces(info, host.session.variables().size());
    host.session.requestSnapshot(
        [pending, which](const Snapshots::Copies& copies) { pending->run([&] { return copies(which); }); });
    host.post([session = &host.session] { session->takeSnapshots(); });
    return pending->promise();
  });
}

// Aborts what runs; the thread ends and the leases go back once that has stopped.
Napi::Value SessionHandle::close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!closed_.IsEmpty()) return closed_.Value();
    if (host_->stopped()) throw Error::value("this environment is ending");
    const auto finish = [host = host_.get(), this](Napi::Env env, const bool&) -> Napi::Value {
      host->stop();
      Environment::of(env).remove(host_);
      setPressure(env, 0);
      return env.Undefined();
    };
    auto pending = std::make_shared<Pending<bool>>(info.Env(), this, finish);
    host_->session.abort();
    // The handle may live until the garbage collector comes.
    host_->post([pending, session = &host_->session] {
      session->discard();
      pending->resolve(true);
    });
    closed_ = Napi::Reference<Napi::Promise>::New(pending->promise(), 1);
    return pending->promise();
  });
}

Napi::Value makeSession(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Value given = argument(info, 0, "options");
    SessionOptions options = toOptions(given);
    std::vector<LateStep> steps = toSteps(given);
    const bool late = !options.pin && std::any_of(steps.begin(), steps.end(),
                                                  [](const LateStep& step) { return !step.program->isReady(); });
    if (!late) {
      for (const LateStep& step : steps) options.programs.push_back(step.get());
      steps.clear();
    }
    auto host = std::make_shared<SessionHost>(std::move(options), std::move(steps));
    const int64_t bytes = late ? 0 : host->session.bytes();
    return SessionHandle::make(info.Env(), std::move(host), bytes);
  });
}

}  // namespace slalom::binding
