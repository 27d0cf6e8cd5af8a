// NativeSession: see src/native/binding.ts.
#pragma once

#include "../runtime/session.h"
#include "handle.h"

namespace slalom::binding {

// A session and the thread it runs on.
class SessionHost : public Stoppable {
 public:
  explicit SessionHost(SessionOptions options) : session(std::move(options)), engine_(std::make_unique<Engine>()) {}
  void stop() override;
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
  void set(std::shared_ptr<SessionHost> host) { host_ = std::move(host); }
  void Finalize(Napi::Env env) override;

 private:
  Napi::Value run(const Napi::CallbackInfo& info);
  void abort(const Napi::CallbackInfo& info);
  Napi::Value snapshot(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  SessionHost& open() const;  // throws once the session is closed

  std::shared_ptr<SessionHost> host_;
};

// addon.session
Napi::Value makeSession(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
