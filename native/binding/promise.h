// Work on another thread that settles a promise.
#pragma once

#include "convert.h"
#include "environment.h"

namespace slalom::binding {

// Runs `work` where `post` puts it, then `finish(env, result)` on the JavaScript thread, whose value
// resolves the promise. What `work` or `finish` throws rejects it. The process lives until then.
template <typename Work, typename Finish>
Napi::Promise promiseOf(Napi::Env env, const std::function<void(std::function<void()>)>& post, Work work, Finish finish) {
  using Result = decltype(work());
  struct State {
    explicit State(Napi::Env e) : deferred(Napi::Promise::Deferred::New(e)) {}
    Napi::Promise::Deferred deferred;
    std::unique_ptr<Result> result;
    std::unique_ptr<Error> error;
  };
  Environment* environment = &Environment::of(env);
  auto state = std::make_shared<State>(env);
  environment->hold(env);
  post([environment, state, work, finish]() mutable {
    try {
      state->result = std::make_unique<Result>(work());
    } catch (const Error& error) {
      state->error = std::make_unique<Error>(error);
    } catch (const std::exception& error) {
      state->error = std::make_unique<Error>(ErrorCode::internal, error.what());
    }
    environment->toJavaScript([environment, state, finish](Napi::Env e) {
      environment->release(e);
      if (state->error) return state->deferred.Reject(toJs(e, *state->error).Value());
      try {
        state->deferred.Resolve(finish(e, *state->result));
      } catch (const Napi::Error& error) {
        state->deferred.Reject(error.Value());
      }
    });
  });
  return state->deferred.Promise();
}

}  // namespace slalom::binding
