#include "data.h"

#include <cstring>

#include "../runtime/match_rows.h"
#include "array.h"
#include "promise.h"

namespace slalom::binding {

namespace {

using Statistics = std::vector<ColumnStatistics>;
constexpr size_t kFields = sizeof(ColumnStatistics) / sizeof(double);

Statistics toStatistics(const Napi::Value& value) {
  if (value.IsUndefined()) return {};
  const std::vector<double> numbers = toDoubles(value, "before");
  Statistics statistics(numbers.size() / kFields);
  std::memcpy(static_cast<void*>(statistics.data()), numbers.data(), statistics.size() * sizeof(ColumnStatistics));
  return statistics;
}

Napi::Value fromStatistics(Napi::Env env, const Statistics& statistics) {
  Napi::Float64Array numbers = Napi::Float64Array::New(env, statistics.size() * kFields);
  std::memcpy(numbers.Data(), statistics.data(), statistics.size() * sizeof(ColumnStatistics));
  return numbers;
}

Napi::Value fromMatches(Napi::Env env, const RowMatches& matches) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("repeated", static_cast<double>(matches.repeated));
  result.Set("matched", static_cast<double>(matches.matched));
  Napi::Array pairs = Napi::Array::New(env);
  for (const RowMatches::Pair& pair : matches.pairs) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("row", static_cast<double>(pair.row));
    entry.Set("in", static_cast<double>(pair.in));
    pairs.Set(pairs.Length(), entry);
  }
  result.Set("pairs", pairs);
  return result;
}

}  // namespace

Napi::Value columnStatisticsOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Array rows = ArrayHandle::from(argument(info, 0, "rows")).array();
    const RowRange range{toInteger(argument(info, 1, "begin"), "begin"), toInteger(argument(info, 2, "end"), "end"),
                         toInteger(argument(info, 3, "step"), "step")};
    Statistics before = info.Length() > 4 ? toStatistics(info[4]) : Statistics();
    auto pending = std::make_shared<Pending<Statistics>>(info.Env(), nullptr, fromStatistics);
    Environment::of(info.Env()).post([pending, rows, range, before = std::move(before)] {
      pending->run([&] { return columnStatistics(rows, range, before, *ThreadPool::shared()); });
    });
    return pending->promise();
  });
}

Napi::Value matchRowsOf(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Array rows = ArrayHandle::from(argument(info, 0, "rows")).array();
    const int64_t step = toInteger(argument(info, 1, "step"), "step");
    const Array other = ArrayHandle::from(argument(info, 2, "other")).array();
    const int64_t otherStep = toInteger(argument(info, 3, "otherStep"), "otherStep");
    const int64_t pairs = toInteger(argument(info, 4, "pairs"), "pairs");
    if (pairs < 0) throw Error::value("pairs: expected 0 or more");
    auto pending = std::make_shared<Pending<RowMatches>>(info.Env(), nullptr, fromMatches);
    Environment::of(info.Env()).post([pending, rows, step, other, otherStep, pairs] {
      const bool same = rows.type.dtype == other.type.dtype;
      const auto wide = [&](const Array& array) { return same ? array : castArray(array, DType::f64); };
      const auto most = static_cast<size_t>(pairs);
      pending->run([&] { return matchRows(wide(rows), step, wide(other), otherStep, most, *ThreadPool::shared()); });
    });
    return pending->promise();
  });
}

}  // namespace slalom::binding
