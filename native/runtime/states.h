// Variables as an instance sees them.
#pragma once

#include "instance.h"
#include "variable.h"

namespace slalom {

// Points the instance's state buffers at the variables, which lie as its program wants.
void bindStates(Instance& instance, const Variables& variables);

}  // namespace slalom
