#include "graph.h"

#include "../passes/passes.h"
#include "nearest.h"

namespace slalom::binding {

namespace {

std::vector<std::string> opNames() {
  std::vector<std::string> names;
  for (const OpDef* op : allOps()) {
    if (!op->has(kInternal)) names.emplace_back(op->name);
  }
  return names;
}

}  // namespace

Napi::Function GraphHandle::define(Napi::Env env) {
  return DefineClass(
      env, "NativeGraph",
      {InstanceMethod<&GraphHandle::input>("input"), InstanceMethod<&GraphHandle::constant>("constant"),
       InstanceMethod<&GraphHandle::scalar>("scalar"), InstanceMethod<&GraphHandle::emit>("emit"),
       InstanceMethod<&GraphHandle::resultCount>("resultCount"), InstanceMethod<&GraphHandle::dtype>("dtype"),
       InstanceMethod<&GraphHandle::shape>("shape"), InstanceMethod<&GraphHandle::setScope>("setScope"),
       InstanceMethod<&GraphHandle::gradientOf>("gradient"), InstanceMethod<&GraphHandle::output>("output"),
       InstanceMethod<&GraphHandle::commit>("commit"), InstanceMethod<&GraphHandle::guard>("guard"),
       InstanceMethod<&GraphHandle::text>("toString"), InstanceMethod<&GraphHandle::widenedCopy>("widened")});
}

Napi::Value GraphHandle::widenedCopy(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object object = construct(info.Env());
    *from(object).graph_ = widened(*graph_);
    return object;
  });
}

ValueId GraphHandle::toValue(const Napi::Value& value) const {
  const int64_t id = toInteger(value, "value");
  if (id < 0 || id >= static_cast<int64_t>(graph_->values.size())) throw Error::value("no such value in this graph");
  return static_cast<ValueId>(id);
}

std::shared_ptr<const Graph> GraphHandle::share() {
  shared_ = true;
  return graph_;
}

Builder& GraphHandle::building() {
  if (shared_) throw Error::value("this graph is being compiled: nothing can be added to it");
  return builder_;
}

std::vector<ValueId> GraphHandle::toValues(const Napi::Value& value, const char* name) const {
  const Napi::Array list = toList(value, name);
  std::vector<ValueId> values;
  for (uint32_t i = 0; i < list.Length(); ++i) values.push_back(toValue(list.Get(i)));
  return values;
}

Napi::Value GraphHandle::input(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::string kind = toText(argument(info, 0, "kind"), "kind");
    if (kind != "argument" && kind != "state")
      throw Error::value("kind: expected argument or state, found '" + kind + "'");
    const ValueId id = building().input(kind == "state" ? InputKind::state : InputKind::argument,
                                        toText(argument(info, 1, "name"), "name"),
                                        toType(argument(info, 2, "dtype"), argument(info, 3, "shape")));
    return Napi::Number::New(info.Env(), id);
  });
}

Napi::Value GraphHandle::constant(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Type type = toType(argument(info, 1, "dtype"), argument(info, 2, "shape"));
    const Elements elements = toElements(argument(info, 0, "data"), type);
    return Napi::Number::New(info.Env(), building().constant(elements.data, type));
  });
}

Napi::Value GraphHandle::scalar(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const double value = toNumber(argument(info, 0, "value"), "value");
    return Napi::Number::New(info.Env(), building().scalar(value, toDType(argument(info, 1, "dtype"))));
  });
}

Napi::Value GraphHandle::emit(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::string name = toText(argument(info, 0, "op"), "op");
    const OpDef* op = findOp(name);
    if (!op || op->has(kInternal)) throw Error::value("there is no op '" + name + "'" + didYouMean(name, opNames()));
    std::vector<std::shared_ptr<const Graph>> regions;
    if (info.Length() > 3 && !info[3].IsUndefined()) {
      for (const GraphHandle* region : listFrom(info[3], "regions")) {
        regions.push_back(std::make_shared<const Graph>(*region->graph_));
      }
    }
    Attrs attrs = info.Length() > 2 ? toAttrs(info[2], *op) : Attrs();
    const ValueId first =
        building().emit(*op, toValues(argument(info, 1, "inputs"), "inputs"), std::move(attrs), std::move(regions));
    return Napi::Number::New(info.Env(), first);
  });
}

Napi::Value GraphHandle::resultCount(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), graph_->producer(toValue(argument(info, 0, "value"))).resultCount);
  });
}

Napi::Value GraphHandle::dtype(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return fromDType(info.Env(), graph_->type(toValue(argument(info, 0, "value"))).dtype); });
}

Napi::Value GraphHandle::shape(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return fromShape(info.Env(), graph_->type(toValue(argument(info, 0, "value"))).shape); });
}

void GraphHandle::setScope(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Builder& b = building();
    b.setScope(b.graph().scopeOf(toText(argument(info, 0, "path"), "path")));
  });
}

Napi::Value GraphHandle::gradientOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ValueId y = toValue(argument(info, 0, "y"));
    const std::vector<ValueId> xs = toValues(argument(info, 1, "xs"), "xs");
    const ValueId seed = info.Length() > 2 && !info[2].IsUndefined() ? toValue(info[2]) : kNoValue;
    const int32_t scope = builder_.scope();
    const std::vector<ValueId> gradients = gradient(building(), y, xs, seed);
    building().setScope(scope);
    Napi::Array list = Napi::Array::New(info.Env(), gradients.size());
    for (size_t i = 0; i < gradients.size(); ++i) list.Set(static_cast<uint32_t>(i), static_cast<double>(gradients[i]));
    return list;
  });
}

void GraphHandle::output(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { building().graph().outputs.push_back(toValue(argument(info, 0, "value"))); });
}

void GraphHandle::commit(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const ValueId target = toValue(argument(info, 0, "target")), value = toValue(argument(info, 1, "value"));
    if (!(graph_->type(target) == graph_->type(value))) {
      throw Error(
          graph_->type(target).dtype == graph_->type(value).dtype ? ErrorCode::shape : ErrorCode::dtype,
          "cannot assign " + graph_->type(value).toString() + " to a variable of " + graph_->type(target).toString());
    }
    building().graph().commits.push_back({target, value, toFlag(argument(info, 2, "guarded"), "guarded")});
  });
}

void GraphHandle::guard(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const ValueId value = toValue(argument(info, 0, "value"));
    if (!(graph_->type(value) == Type{DType::boolean, Shape{}})) {
      throw Error::value("a guard is bool[], found " + graph_->type(value).toString());
    }
    building().graph().guards.push_back(value);
  });
}

Napi::Value GraphHandle::text(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return Napi::String::New(info.Env(), slalom::toString(*graph_)); });
}

Napi::Value makeGraph(const Napi::CallbackInfo& info) { return GraphHandle::construct(info.Env()); }

}  // namespace slalom::binding
