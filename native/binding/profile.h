// NativeFunction.profile and addon.measurePeak: see src/native/binding.ts.
#pragma once

#include "../runtime/profile.h"
#include "convert.h"

namespace slalom::binding {

Napi::Value fromProfile(Napi::Env env, const Profile& profile);

// addon.measurePeak
Napi::Value measurePeakOf(const Napi::CallbackInfo& info);

}  // namespace slalom::binding
