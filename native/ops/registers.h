// From a pointwise region to steps over registers; no addresses yet.
#pragma once

#include "tile_program.h"

namespace slalom {

struct RegisterStep {
  PointwiseCode code;
  Lane lane;  // of the sources: which column of KernelTable::pointwise
  int16_t dst, a, b, c;
};

struct RegisterProgram {
  std::vector<RegisterStep> steps;
  std::vector<int16_t> outputs;  // register of each region output
  int registers = 0;
  bool wide = false;
};

Lane laneOf(DType dtype, bool wide);

// Input j is register j, and nothing else: it may be the caller's own memory. A temporary's register
// is reused once its value has been read for the last time, by the very step that reads it if need be.
RegisterProgram assignRegisters(const Graph& region);

}  // namespace slalom
