// Commits without a copy: the new value of a variable is made in the variable's own memory.
#pragma once

#include "plan_homes.h"

namespace slalom {

// Gives the values of commits their targets' memory where nobody needs the old contents after
// the node that makes the new ones, but that node itself, element by element.
void donate(PlanContext& c, Homes& homes);

}  // namespace slalom
