#include "feed.h"

namespace slalom {

Feed::Feed(Instance& instance, const std::vector<Array>& columns, int64_t batch, bool inOrder,
           const KernelTable& kernels)
    : instance_(instance) {
  size_t next = 0;
  for (const ProgramInput& input : instance.program().inputs) {
    if (input.kind != InputKind::argument) continue;
    if (next == columns.size()) break;
    const Array& column = columns[next++];
    const int64_t rows = column.type.shape[0], rowSize = rows == 0 ? 0 : column.type.shape.size() / rows;
    if (inOrder && column.type.dtype == input.type.dtype) {
      inPlace_.push_back({input.buffer, column.data(), rowSize * sizeOf(column.type.dtype)});
      continue;
    }
    auto g = std::make_unique<Gathered>();
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

void Feed::load(const int32_t* order, int64_t first, ThreadPool& pool) {
  for (const InPlace& column : inPlace_) instance_.bind(column.buffer, column.data + first * column.rowBytes);
  for (const auto& g : gathered_) {
    g->args.index = order + first;
    for (int i = 0; i < g->plan.count; ++i) {
      const Call& call = g->plan.calls[i];
      pool.run(call.run, call.args, call.tiles, nullptr, 0, threadCount());
    }
  }
}

}  // namespace slalom
