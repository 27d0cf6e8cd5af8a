// What this machine can do at most, measured on the threads that compute.
#pragma once

#include "../kernels/table.h"
#include "thread_pool.h"

namespace slalom {

struct Peak {
  double flops;  // per second: multiply-adds of f32 in registers, counted two
  double bytes;  // per second, read and written: a copy between blocks that no cache holds
};

Peak measurePeak(const KernelTable& kernels, ThreadPool& pool);

}  // namespace slalom
