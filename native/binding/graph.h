// NativeGraph: see src/native/binding.ts.
#pragma once

#include "../ops/build.h"
#include "handle.h"

namespace slalom::binding {

class GraphHandle : public Handle<GraphHandle> {
 public:
  static constexpr napi_type_tag kTag = {0xc35a9be4d2074f16, 0xa7e1480b6cf95d23};
  static constexpr const char* kName = "NativeGraph";

  static Napi::Function define(Napi::Env env);
  explicit GraphHandle(const Napi::CallbackInfo& info) : Handle(info) {}
  static Napi::FunctionReference& constructor(Environment& e) { return e.graph; }

  const Graph& graph() const { return *graph_; }
  // For what is done with it before the call returns.
  std::shared_ptr<const Graph> lend() const { return graph_; }
  // For other threads: from now on nothing is added to it.
  std::shared_ptr<const Graph> share();

 private:
  Napi::Value input(const Napi::CallbackInfo& info);
  Napi::Value constant(const Napi::CallbackInfo& info);
  Napi::Value scalar(const Napi::CallbackInfo& info);
  Napi::Value emit(const Napi::CallbackInfo& info);
  Napi::Value resultCount(const Napi::CallbackInfo& info);
  Napi::Value dtype(const Napi::CallbackInfo& info);
  Napi::Value shape(const Napi::CallbackInfo& info);
  void setScope(const Napi::CallbackInfo& info);
  Napi::Value gradientOf(const Napi::CallbackInfo& info);
  void output(const Napi::CallbackInfo& info);
  void commit(const Napi::CallbackInfo& info);
  void guard(const Napi::CallbackInfo& info);
  Napi::Value text(const Napi::CallbackInfo& info);
  Napi::Value widenedCopy(const Napi::CallbackInfo& info);

  ValueId toValue(const Napi::Value& value) const;
  std::vector<ValueId> toValues(const Napi::Value& value, const char* name) const;

  // To add something. Throws Error once it is shared.
  Builder& building();

  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  Builder builder_{*graph_};
  bool shared_ = false;
};

// addon.graph
Napi::Value makeGraph(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
