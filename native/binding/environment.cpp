#include "environment.h"

namespace slalom::binding {

WayBack::WayBack(Napi::Env env) {
  const Napi::Function nothing = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  function_ = Napi::ThreadSafeFunction::New(env, nothing, "slalom", 0, 1);
  function_.Unref(env);
}

void WayBack::send(std::function<void(Napi::Env)> callback) {
  using Callback = std::function<void(Napi::Env)>;
  if (closed_) return;
  auto* data = new Callback(std::move(callback));
  const napi_status status = function_.NonBlockingCall(data, [](Napi::Env env, Napi::Function, Callback* call) {
    const std::unique_ptr<Callback> owned(call);
    if (static_cast<napi_env>(env) == nullptr) return;  // the environment ends
    const Napi::HandleScope scope(env);
    try {
      (*owned)(env);
    } catch (const Napi::Error&) {
      // No JavaScript runs any more, since the worker is being terminated: nobody is left to hear.
    }
  });
  if (status != napi_ok) delete data;
}

void WayBack::close() {
  if (closed_) return;
  closed_ = true;
  function_.Abort();
}

void WayBack::hold(Napi::Env env) {
  if (pending_++ == 0) function_.Ref(env);
}

void WayBack::release(Napi::Env env) {
  if (--pending_ == 0) function_.Unref(env);
}

Environment::Environment(Napi::Env env) : pool_(ThreadPool::shared()), back_(std::make_shared<WayBack>(env)) {
  env.AddCleanupHook([](Environment* self) { self->shutDown(); }, this);
}

Environment::~Environment() { shutDown(); }

void Environment::shutDown() {
  if (ended_) return;
  ended_ = true;
  for (const std::shared_ptr<Stoppable>& host : hosts_) host->stop();
  engine_.reset();
  hosts_.clear();
  back_->close();
}

void Environment::post(std::function<void()> task) {
  if (!engine_) engine_ = std::make_unique<Engine>();
  engine_->post(std::move(task));
}

}  // namespace slalom::binding
