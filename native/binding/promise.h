// Promises that other threads settle.
#pragma once

#include "convert.h"
#include "environment.h"

namespace slalom::binding {

// A promise for a Result. The process lives until it is settled, and so does `owner`, the object whose
// method was called.
template <typename Result>
class Pending : public std::enable_shared_from_this<Pending<Result>> {
 public:
  using Finish = std::function<Napi::Value(Napi::Env, const Result&)>;
  using Owner = Napi::Reference<Napi::Object>;

  // `finish` makes the promise's value, on the JavaScript thread.
  Pending(Napi::Env env, Owner* owner, Finish finish)
      : deferred_(Napi::Promise::Deferred::New(env)),
        back_(Environment::of(env).back()),
        owner_(owner),
        finish_(std::move(finish)) {
    back_->hold(env);
    if (owner_) owner_->Ref();
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

  // From any thread, once.
  void resolve(Result result) {
    auto shared = std::make_shared<Result>(std::move(result));
    settle([shared](Pending& self, Napi::Env env) { self.deferred_.Resolve(self.finish_(env, *shared)); });
  }
  void reject(const Error& error) {
    settle([error](Pending& self, Napi::Env env) { self.deferred_.Reject(toJs(env, error).Value()); });
  }

  // Resolves with what `work` returns or rejects with what it throws.
  template <typename Work>
  void run(Work work) {
    try {
      resolve(work());
    } catch (const Error& error) {
      reject(error);
    } catch (const std::bad_alloc&) {
      reject(Error::value("this machine has not enough memory for that"));
    } catch (const std::exception& error) {
      reject(Error::internal(error.what()));
    }
  }

 private:
  template <typename Settle>
  void settle(Settle how) {
    back_->send([self = this->shared_from_this(), how](Napi::Env env) {
      try {
        guarded(env, [&] { how(*self, env); });
      } catch (const Napi::Error& error) {
        self->deferred_.Reject(error.Value());
      }
      self->back_->release(env);
      if (self->owner_) self->owner_->Unref();
    });
  }

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<WayBack> back_;
  Owner* owner_;
  Finish finish_;
};

}  // namespace slalom::binding
