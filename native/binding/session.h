// NativeSession: see src/native/binding.ts.
#pragma once

#include <exception>
#include <optional>

#include "../runtime/session.h"
#include "../runtime/short_slices.h"
#include "handle.h"
#include "program.h"

namespace slalom::binding {

// A batch size whose program may be compiled later.
struct LateStep {
  int64_t batch;
  std::shared_ptr<LateProgram> program;
  CheckedProgram checked;

  SessionProgram get() const { return {batch, program->get(), checked}; }
};

// A session and the thread it runs on, where its programs are compiled first if it was made without.
class SessionHost : public Stoppable {
 public:
  SessionHost(SessionOptions options, std::vector<LateStep> later);
  ~SessionHost() override { stop(); }

  void stop() override;  // aborts, joins, releases the leases; on the JavaScript thread
  bool stopped() const { return engine_ == nullptr; }
  void post(std::function<void()> task) { engine_->post(std::move(task)); }

  // On the session's thread: once it has its programs. Throws what kept it from getting them.
  Session& opened();

  Session session;

 private:
  void open(const std::vector<LateStep>& later);

  std::exception_ptr failure_;  // of opening; for the session's thread
  std::unique_ptr<Engine> engine_;
  std::optional<ShortSlices> slices_;  // of the JavaScript thread
};

class SessionHandle : public Handle<SessionHandle> {
 public:
  static constexpr napi_type_tag kTag = {0xe4915ad03c7b4682, 0xb0f7c86d2e951a3f};
  static constexpr const char* kName = "NativeSession";

  static Napi::Function define(Napi::Env env);
  explicit SessionHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.session; }
  static Napi::Object make(Napi::Env env, std::shared_ptr<SessionHost> host, int64_t bytes);
  void Finalize(Napi::Env env) override;

 private:
  Napi::Value ready(const Napi::CallbackInfo& info);
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
