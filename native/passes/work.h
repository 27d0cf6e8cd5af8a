// How much a node has to do, for profiles: see Work in runtime/program.h.
#pragma once

#include "node_bind.h"

namespace slalom {

Work workOf(const Bind& bind);  // of its node
Work workOf(const Operand& from, const Operand& to);
Work workOf(const LoopSpec& loop);  // of its copies, at one run of all iterations

}  // namespace slalom
