// Arrays made of the rows of others.
#pragma once

#include <vector>

#include "block.h"

namespace slalom {

// Rows along axis 0, any of them any number of times. Throws Error for a row that is not there.
Array takeRows(const Array& from, const std::vector<int32_t>& rows);

// share * from[r] + (1 - share) * from[partners[r]] for every row, f32 or f64: mixup (Zhang and others 2017).
Array mixRows(const Array& from, const std::vector<int32_t>& partners, double share);

}  // namespace slalom
