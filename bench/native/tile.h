// Writes tile programs over float32 arrays, as ops/tile_program.cpp does from graphs.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/args.h"

namespace slalom::bench {

class Tile {
 public:
  Tile(const KernelTable& table, std::vector<int64_t> dims) : table_(table), dims_(std::move(dims)) {}

  // Gives the input's register. Inputs come before steps. Strides in elements, one a dimension.
  int16_t input(const float* data, const std::vector<int64_t>& strides) {
    TileInput input{};
    input.data = data;
    input.storage = kStoreF32;
    input.lane = kLaneF32;
    std::copy(strides.begin(), strides.end(), input.stride);
    inputs_.push_back(input);
    return top_++;
  }
  int16_t dense(const float* data) { return input(data, denseStrides()); }
  int16_t one(const float* data) { return input(data, std::vector<int64_t>(dims_.size(), 0)); }

  int16_t step(PointwiseCode code, int16_t dst, int16_t a, int16_t b = -1) {
    steps_.push_back({table_.pointwise[code][kLaneF32], dst, a, b, -1});
    if (dst >= top_) top_ = static_cast<int16_t>(dst + 1);
    return dst;
  }
  void output(float* data, int16_t reg) {
    TileOutput output{};
    output.data = data;
    output.storage = kStoreF32;
    output.lane = kLaneF32;
    output.reg = reg;
    const std::vector<int64_t> strides = denseStrides();
    std::copy(strides.begin(), strides.end(), output.stride);
    for (TileInput& input : inputs_) {
      if (input.data == data) input.under = static_cast<int16_t>(outputs_.size());
    }
    outputs_.push_back(output);
  }

  // Its bytes behind `header` free ones.
  std::vector<uint64_t> bytes(size_t header = 0) const {
    const size_t inputsAt = sizeof(TileProgram);
    const size_t stepsAt = inputsAt + inputs_.size() * sizeof(TileInput);
    const size_t outputsAt = stepsAt + steps_.size() * sizeof(TileStep);
    std::vector<uint64_t> all((header + outputsAt + outputs_.size() * sizeof(TileOutput) + 7) / 8);
    char* const at = reinterpret_cast<char*>(all.data()) + header;
    TileProgram p{};
    p.rank = static_cast<int32_t>(dims_.size());
    p.count = 1;
    for (size_t d = 0; d < dims_.size(); ++d) p.count *= p.dims[d] = dims_[d];
    p.inputCount = static_cast<int32_t>(inputs_.size());
    p.stepCount = static_cast<int32_t>(steps_.size());
    p.outputCount = static_cast<int32_t>(outputs_.size());
    p.registerCount = top_;
    p.inputs = static_cast<int32_t>(inputsAt);
    p.steps = static_cast<int32_t>(stepsAt);
    p.outputs = static_cast<int32_t>(outputsAt);
    std::memcpy(at, &p, sizeof p);
    std::memcpy(at + inputsAt, inputs_.data(), inputs_.size() * sizeof(TileInput));
    if (!steps_.empty()) std::memcpy(at + stepsAt, steps_.data(), steps_.size() * sizeof(TileStep));
    if (!outputs_.empty()) std::memcpy(at + outputsAt, outputs_.data(), outputs_.size() * sizeof(TileOutput));
    noteAccess(reinterpret_cast<TileProgram*>(at));
    return all;
  }

 private:
  std::vector<int64_t> denseStrides() const {
    std::vector<int64_t> strides(dims_.size(), 1);
    for (size_t d = dims_.size() - 1; d-- > 0;) strides[d] = strides[d + 1] * dims_[d + 1];
    return strides;
  }

  const KernelTable& table_;
  std::vector<int64_t> dims_;
  std::vector<TileInput> inputs_;
  std::vector<TileStep> steps_;
  std::vector<TileOutput> outputs_;
  int16_t top_ = 0;
};

}  // namespace slalom::bench
