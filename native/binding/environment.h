// What one JavaScript environment (the main thread or a worker) has of this addon: constructors, an
// engine thread for calls, and the way back to its thread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <set>

#include "../runtime/engine.h"
#include "../runtime/thread_pool.h"

namespace slalom::binding {

// Something with a thread that must be stopped before the environment goes.
class Stoppable {
 public:
  virtual ~Stoppable() = default;
  virtual void stop() = 0;  // joins; may be called twice
};

class Environment {
 public:
  explicit Environment(Napi::Env env);
  ~Environment();
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  // Runs `task` on the environment's engine thread.
  void post(std::function<void()> task);

  // Runs `callback` on the JavaScript thread; from any thread. Dropped once the environment ends.
  void toJavaScript(std::function<void(Napi::Env)> callback);

  // Work that a promise waits for keeps the process alive. JavaScript thread only.
  void hold(Napi::Env env);
  void release(Napi::Env env);

  void add(const std::shared_ptr<Stoppable>& host) { hosts_.insert(host); }
  void remove(const std::shared_ptr<Stoppable>& host) { hosts_.erase(host); }
  void shutDown();

  Napi::FunctionReference array, variable, graph, program, function, session;

 private:
  std::shared_ptr<ThreadPool> pool_;  // kept while the environment lives, so that threads are not made anew
  Napi::ThreadSafeFunction back_;
  std::set<std::shared_ptr<Stoppable>> hosts_;
  std::unique_ptr<Engine> engine_;
  int pending_ = 0;
  bool ended_ = false;
};

}  // namespace slalom::binding
