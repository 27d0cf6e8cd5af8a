#include "tally.h"

namespace slalom {

namespace {

template <typename T>
double* readAs(const uint8_t* data, int64_t count, double* out) {
  const auto* x = reinterpret_cast<const T*>(data);
  for (int64_t i = 0; i < count; ++i) *out++ = static_cast<double>(x[i]);
  return out;
}

double* read(const uint8_t* data, DType dtype, int64_t count, double* out) {
  switch (dtype) {
    case DType::f32:
      return readAs<float>(data, count, out);
    case DType::f64:
      return readAs<double>(data, count, out);
    case DType::i32:
      return readAs<int32_t>(data, count, out);
    case DType::boolean:
    case DType::u8:
      return readAs<uint8_t>(data, count, out);
  }
  return out;
}

}  // namespace

int64_t outputSize(const Program& program) {
  int64_t size = 0;
  for (const ProgramOutput& output : program.outputs) size += output.type.shape.size();
  return size;
}

Tally::Tally(RunResult& result, const RunSpec& spec, int64_t outputs)
    : result_(result), perStep_(spec.perStep), sums_(spec.sums), step_(static_cast<size_t>(outputs)) {
  sums_.resize(step_.size());
  if (perStep_) result_.perStep.reserve(step_.size() * static_cast<size_t>(spec.steps));
}

void Tally::add(const Instance& instance, int64_t epoch, int64_t rows) {
  double* out = step_.data();
  for (const ProgramOutput& output : instance.program().outputs) {
    out = read(instance.address(output.address), output.type.dtype, output.type.shape.size(), out);
  }
  if (result_.epochs.empty() || result_.epochs.back().epoch != epoch) {
    result_.epochs.push_back({epoch, 0, 0, sums_});
    sums_.assign(step_.size(), 0);
  }
  EpochSums& sums = result_.epochs.back();
  for (size_t i = 0; i < step_.size(); ++i) sums.sums[i] += step_[i];
  if (perStep_) result_.perStep.insert(result_.perStep.end(), step_.begin(), step_.end());
  ++sums.steps;
  sums.rows += rows;
  ++result_.steps;
}

}  // namespace slalom
