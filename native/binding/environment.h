// What one JavaScript environment (the main thread or a worker) has of this addon: constructors, an
// engine thread for calls, and the way back to its thread.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <set>

#include "../runtime/engine.h"
#include "../runtime/thread_pool.h"
#include "large_arrays.h"

namespace slalom::binding {

// Something with a thread that must be stopped before the environment goes.
class Stoppable {
 public:
  virtual ~Stoppable() = default;
  virtual void stop() = 0;  // joins; may be called twice
};

// Runs callbacks on the JavaScript thread. Outlives the environment where somebody holds it.
class WayBack {
 public:
  explicit WayBack(Napi::Env env);

  // From any thread until close(), from the JavaScript thread also later: then the callback is dropped.
  void send(std::function<void(Napi::Env)> callback);
  void close();  // when no other thread can send any more

  // A promise that waits keeps the process alive. JavaScript thread only.
  void hold(Napi::Env env);
  void release(Napi::Env env);

 private:
  Napi::ThreadSafeFunction function_;
  int pending_ = 0;
  bool closed_ = false;
};

class Environment {
 public:
  explicit Environment(Napi::Env env);
  ~Environment();
  static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  // Runs `task` on the environment's engine thread.
  void post(std::function<void()> task);

  const std::shared_ptr<WayBack>& back() const { return back_; }
  const std::shared_ptr<LargeArrays>& largeArrays() const { return largeArrays_; }

  void add(const std::shared_ptr<Stoppable>& host) { hosts_.insert(host); }
  void remove(const std::shared_ptr<Stoppable>& host) { hosts_.erase(host); }
  void shutDown();

  // While one lives, constructors accept calls.
  class Constructing {
   public:
    explicit Constructing(Environment& environment) : environment_(environment) { environment_.constructing = true; }
    ~Constructing() { environment_.constructing = false; }

   private:
    Environment& environment_;
  };

  bool constructing = false;
  Napi::FunctionReference array, variable, graph, program, function, session;

 private:
  std::shared_ptr<ThreadPool> pool_;  // kept while the environment lives, so that threads are not made anew
  std::shared_ptr<WayBack> back_;
  std::shared_ptr<LargeArrays> largeArrays_ = std::make_shared<LargeArrays>();
  std::set<std::shared_ptr<Stoppable>> hosts_;
  std::unique_ptr<Engine> engine_;
  bool ended_ = false;
};

}  // namespace slalom::binding
