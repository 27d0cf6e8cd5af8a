// What there is to measure, a file each.
#pragma once

#include "../bench.h"

namespace slalom::bench {

void bareMemory(const Bench& bench);
void products(const Bench& bench);
void layers(const Bench& bench);
void pointwise(const Bench& bench);
void reductions(const Bench& bench);
void softmaxes(const Bench& bench);
void updateRules(const Bench& bench);

}  // namespace slalom::bench
