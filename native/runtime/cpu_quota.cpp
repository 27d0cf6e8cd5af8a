#include "cpu_quota.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace slalom {

namespace {

// Processors' worth of time, or 0 if there is no limit.
double quotaOf(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

double cgroupLimit() {
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period) return quota == "max" ? 0 : quotaOf(std::atof(quota.c_str()), period);
  std::ifstream quotaFile("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), periodFile("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double limit = 0;
  if (quotaFile >> limit && periodFile >> period) return quotaOf(limit, period);
  return 0;
}

int affinityCount() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

int availableCpus() {
  int count = affinityCount();
  const double limit = cgroupLimit();
  if (limit > 0) count = std::min(count, static_cast<int>(std::ceil(limit)));
  return std::max(count, 1);
}

}  // namespace slalom
