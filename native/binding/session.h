// NativeSession: see src/native/binding.ts.
#pragma once

#include "../runtime/session.h"
#include "handle.h"

namespace slalom::binding {

// A session and the thread it runs on.
class SessionHost : public Stoppable {
 public:
  explicit SessionHost(SessionOptions options) : session(std::move(options)), engine_(std::make_unique<Engine>()) {}
  ~SessionHost() override { stop(); }

  void stop() override;  // aborts, joins, releases the leases; on the JavaScript thread
  bool stopped() const { return engine_ == nullptr; }
  void post(std::function<void()> task) { engine_->post(std::move(task)); }

  Session session;

 private:
  std::unique_ptr<Engine> engine_;
};

class SessionHandle : public Handle<SessionHandle> {
 public:
  static constexpr napi_type_tag kTag = {0xe4915ad03c7b4682, 0xb0f7c86d2e951a3f};
  static constexpr const char* kName = "NativeSession";

  static Napi::Function define(Napi::Env env);
  explicit SessionHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.session; }
  static Napi::Object make(Napi::Env env, std::shared_ptr<SessionHost> host);
  void Finalize(Napi::Env env) override;

 private:
  Napi::Value run(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  SessionHost& open() const;  // throws once close was called

  std::shared_ptr<SessionHost> host_;
  Napi::Reference<Napi::Promise> closed_;  // what close gave first
};

// addon.session
Napi::Value makeSession(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
