// Which nodes are worth a second thread.
#pragma once

#include "../ops/bind.h"
#include "../runtime/program.h"

namespace slalom {

// Whether the calls of this node take one thread long enough, by an estimate: longer in programs that write variables.
// Of ops that it knows nothing about the kernels alone decide, by their tiles.
bool worthSharing(const Bind& bind, const Work& work);

}  // namespace slalom
