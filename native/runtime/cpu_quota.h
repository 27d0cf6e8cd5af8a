// How many processors this process may really use.
#pragma once

namespace slalom {

// The least of the affinity mask, the cgroup's quota (v1 or v2) and the cores; at least 1.
int availableCpus();

}  // namespace slalom
