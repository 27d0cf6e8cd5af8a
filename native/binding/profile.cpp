#include "profile.h"

#include "../runtime/peak.h"
#include "promise.h"

namespace slalom::binding {

namespace {

Napi::Float64Array numbers(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array list = Napi::Float64Array::New(env, values.size());
  std::copy(values.begin(), values.end(), list.Data());
  return list;
}

Napi::Object fromNode(Napi::Env env, const ProfiledNode& node) {
  Napi::Object entry = Napi::Object::New(env);
  entry.Set("op", node.label->op);
  entry.Set("path", node.label->path);
  entry.Set("type", node.label->type);
  entry.Set("flops", node.label->work.flops);
  entry.Set("bytesRead", node.label->work.bytesRead);
  entry.Set("bytesWritten", node.label->work.bytesWritten);
  entry.Set("runs", static_cast<double>(node.runs));
  entry.Set("seconds", numbers(env, node.seconds));
  return entry;
}

}  // namespace

Napi::Value fromProfile(Napi::Env env, const Profile& profile) {
  Napi::Object result = Napi::Object::New(env);
  Napi::Array nodes = Napi::Array::New(env, profile.nodes.size());
  for (size_t i = 0; i < profile.nodes.size(); ++i) {
    const Napi::HandleScope scope(env);
    nodes.Set(static_cast<uint32_t>(i), fromNode(env, profile.nodes[i]));
  }
  std::vector<double> spans;
  for (const ProfiledSpan& span : profile.timeline) {
    spans.insert(spans.end(), {static_cast<double>(span.node), span.begin, span.seconds});
  }
  result.Set("nodes", nodes);
  result.Set("seconds", numbers(env, profile.seconds));
  result.Set("timeline", numbers(env, spans));
  return result;
}

Napi::Value measurePeakOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const KernelTable* kernels = &processKernels();
    const auto finish = [](Napi::Env env, const Peak& peak) -> Napi::Value {
      Napi::Object result = Napi::Object::New(env);
      result.Set("flops", peak.flops);
      result.Set("bytes", peak.bytes);
      return result;
    };
    auto pending = std::make_shared<Pending<Peak>>(info.Env(), nullptr, finish);
    Environment::of(info.Env()).post([pending, kernels] {
      pending->run([&] { return measurePeak(*kernels, *ThreadPool::shared()); });
    });
    return pending->promise();
  });
}

}  // namespace slalom::binding
