// What the core says of data before a run: see src/native/binding.ts.
#pragma once

#include <napi.h>

namespace slalom::binding {

// addon.columnStatistics, addon.matchRows
Napi::Value columnStatisticsOf(const Napi::CallbackInfo& info);
Napi::Value matchRowsOf(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
