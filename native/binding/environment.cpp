#include "environment.h"

namespace slalom::binding {

Environment::Environment(Napi::Env env) : pool_(ThreadPool::shared()) {
  const Napi::Function nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  back_ = Napi::ThreadSafeFunction::New(env, nothing, "slalom", 0, 1);
  back_.Unref(env);
  env.AddCleanupHook([](Environment* self) { self->shutDown(); }, this);
}

Environment::~Environment() { shutDown(); }

void Environment::shutDown() {
  if (ended_) return;
  ended_ = true;
  for (const std::shared_ptr<Stoppable>& host : hosts_) host->stop();
  hosts_.clear();
  engine_.reset();
  back_.Abort();
}

void Environment::post(std::function<void()> task) {
  if (!engine_) engine_ = std::make_unique<Engine>();
  engine_->post(std::move(task));
}

void Environment::toJavaScript(std::function<void(Napi::Env)> callback) {
  using Callback = std::function<void(Napi::Env)>;
  auto* data = new Callback(std::move(callback));
  const napi_status status = back_.NonBlockingCall(data, [](Napi::Env env, Napi::Function, Callback* call) {
    const std::unique_ptr<Callback> owned(call);
    if (static_cast<napi_env>(env) == nullptr) return;
    const Napi::HandleScope scope(env);
    (*owned)(env);
  });
  if (status != napi_ok) delete data;
}

void Environment::hold(Napi::Env env) {
  if (pending_++ == 0) back_.Ref(env);
}

void Environment::release(Napi::Env env) {
  if (--pending_ == 0) back_.Unref(env);
}

}  // namespace slalom::binding
