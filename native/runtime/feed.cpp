#include "feed.h"

#include <algorithm>

namespace slalom {

Feed::Feed(Instance& instance, const std::vector<Array>& columns, int64_t batch, bool inOrder,
           const KernelTable& kernels)
    : instance_(instance) {
  for (const Array& column : columns) types_.push_back(column.type);
  rebind(columns);
  size_t next = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (next == columns.size()) break;
    const size_t at = next++;
    const Array& column = columns[at];
    const int64_t rows = column.type.shape[0], rowSize = rows == 0 ? 0 : column.type.shape.size() / rows;
    if (inOrder && column.type.dtype == input.type.dtype) {
      inPlace_.push_back({input.buffer, at, rowSize * sizeOf(column.type.dtype)});
      continue;
    }
    auto g = std::make_unique<Gathered>();
    g->column = at;
    g->block = Block::make(input.type.bytes());
    g->args = {};
    g->args.source = column.data();
    g->args.out = g->block->data();
    g->args.fault = &fault_;
    g->args.sourceRows = rows;
    g->args.count = batch;
    g->args.rowSize = rowSize;
    g->args.from = static_cast<Storage>(column.type.dtype);
    g->args.to = static_cast<Storage>(input.type.dtype);
    g->plan = {};
    kernels.planGather(&g->args, &g->plan);
    instance.bind(input.buffer, g->block->data());
    gathered_.push_back(std::move(g));
  }
}

bool Feed::fits(const std::vector<Array>& columns) const {
  return std::equal(types_.begin(), types_.end(), columns.begin(), columns.end(),
                    [](const Type& type, const Array& column) { return type == column.type; });
}

void Feed::rebind(const std::vector<Array>& columns) {
  data_.clear();
  for (const Array& column : columns) data_.push_back(column.data());
  for (const auto& g : gathered_) g->args.source = data_[g->column];
}

void Feed::load(const int32_t* order, ThreadPool& pool) {
  for (const InPlace& row : inPlace_) instance_.bind(row.buffer, data_[row.column] + *order * row.rowBytes);
  for (const auto& g : gathered_) {
    g->args.index = order;
    for (int i = 0; i < g->plan.count; ++i) {
      const Call& call = g->plan.calls[i];
      pool.run(call.run, call.args, call.tiles, nullptr, 0, threadCount());
    }
  }
}

}  // namespace slalom
