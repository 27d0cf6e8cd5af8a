// The known name that a mistyped one most likely stands for.
#pragma once

#include <string>
#include <vector>

namespace slalom::binding {

// " (did you mean 'matmul'?)", or nothing if no name is near.
std::string didYouMean(const std::string& given, const std::vector<std::string>& known);

}  // namespace slalom::binding
