#include "batches.h"

#include "../kernels/args.h"
#include "random.h"

namespace slalom {

namespace {

int64_t rowSize(const Array& column) {
  const Shape& shape = column.type.shape;
  int64_t size = 1;
  for (int i = 1; i < shape.rank(); ++i) size *= shape[i];
  return size;
}

}  // namespace

Batches::Batches(BatchOptions options, const KernelTable& kernels)
    : options_(std::move(options)), kernels_(kernels), gathered_(options_.columns.size()) {
  perEpoch_ = options_.rows / options_.batchSize;
  if (!options_.dropLast && options_.rows % options_.batchSize != 0) ++perEpoch_;
}

int64_t Batches::rowsOf(int64_t batch) const {
  const int64_t left = options_.rows - batch * options_.batchSize;
  return left < options_.batchSize ? left : options_.batchSize;
}

void Batches::order(int64_t epoch) {
  if (ordered_ == epoch || (ordered_ >= 0 && !options_.shuffle)) return;
  order_.resize(static_cast<size_t>(options_.rows));
  if (options_.shuffle) {
    permute(options_.seed, static_cast<uint64_t>(epoch), order_);
  } else {
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<int32_t>(i);
  }
  ordered_ = epoch;
}

uint8_t* Batches::gather(size_t column, DType to, int64_t first, int64_t count) {
  const Array& source = options_.columns[column];
  if (!gathered_[column]) gathered_[column] = Block::make(options_.batchSize * rowSize(source) * sizeOf(DType::f64));
  int64_t fault = INT64_MAX;
  GatherArgs args{};
  args.source = source.data();
  args.index = order_.data() + first;
  args.out = gathered_[column]->data();
  args.fault = &fault;
  args.sourceRows = options_.rows;
  args.count = count;
  args.rowSize = rowSize(source);
  args.from = static_cast<Storage>(source.type.dtype);
  args.to = static_cast<Storage>(to);
  CallPlan plan{};
  kernels_.planGather(&args, &plan);
  for (int i = 0; i < plan.count; ++i) plan.calls[i].run(plan.calls[i].args, 0, plan.calls[i].tiles, nullptr);
  return gathered_[column]->data();
}

void Batches::bind(Instance& instance, int64_t epoch, int64_t batch) {
  order(epoch);
  const int64_t first = batch * options_.batchSize, count = rowsOf(batch);
  size_t column = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (column == options_.columns.size()) return;
    const Array& source = options_.columns[column];
    const bool inPlace = !options_.shuffle && source.type.dtype == input.type.dtype;
    uint8_t* data = inPlace ? source.data() + first * rowSize(source) * sizeOf(source.type.dtype)
                            : gather(column, input.type.dtype, first, count);
    if (instance.address({input.buffer, 0}) != data) {
      instance.setBuffer(input.buffer, data);
      instance.relink(input.buffer);
    }
    ++column;
  }
}

std::vector<int32_t> Batches::rowsIn(int64_t epoch, int64_t batch) {
  order(epoch);
  const auto first = order_.begin() + batch * options_.batchSize;
  return {first, first + rowsOf(batch)};
}

}  // namespace slalom
