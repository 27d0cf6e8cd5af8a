// Update rules over the parameters of small and large models: the programs that src/optim traces, with their
// registers numbered as ops/registers.cpp does. GB/s of what a rule reads and writes. A program that the
// variant has no code of its own for is interpreted and says so.
#include "../rivals/rivals.h"
#include "../tile.h"
#include "suites.h"

namespace slalom::bench {

namespace {

struct Size {
  const char* name;
  int64_t count;
};
constexpr Size kSizes[] = {{"4,096", 4096}, {"65,536", 65536}, {"535,818 (W1)", 535818}, {"20,000,000", 20000000}};

class Numbers {
 public:
  explicit Numbers(Memory& memory) : memory_(memory) {}
  const float* operator()(float value) {
    float* const at = memory_.take(1);
    *at = value;
    return at;
  }

 private:
  Memory& memory_;
};

bool isStraight(const KernelTable& table, const CallPlan& plan) {
  for (const KernelFn* fn = table.straight; fn && *fn; ++fn) {
    if (plan.calls[0].run == *fn) return true;
  }
  return false;
}

void measure(const Bench& bench, const std::string& title, const Size& size, int bytesEach, const Tile& tile,
             const Contestant& openblas = {}, const float* result = nullptr) {
  const std::vector<uint64_t> bytes = tile.bytes();
  CallPlan plan{};
  bench.table().planPointwise(reinterpret_cast<const PointwiseArgs*>(bytes.data()), &plan);
  const std::string name = isStraight(bench.table(), plan) ? title : title + ", interpreted";
  bench.measure({name,
                 Unit::gigabytes,
                 bytesEach * static_cast<double>(size.count),
                 result ? size.count : 0,
                 {runOf(plan), result},
                 openblas,
                 {}});
}

// parameter - lr * gradient, in place; OpenBLAS has it as axpy.
void sgd(const Bench& bench, const Size& size) {
  const std::string title = std::string("sgd ") + size.name;
  if (!bench.wants(title)) return;
  Memory memory;
  Numbers number(memory);
  const float* const gradient = memory.take(size.count);
  float *const parameter = memory.take(size.count), *const theirs = memory.take(size.count);
  std::copy(parameter, parameter + size.count, theirs);
  Tile tile(bench.table(), {size.count});
  const int16_t g = tile.dense(gradient), lr = tile.one(number(1e-6f)), p = tile.dense(parameter);
  tile.output(parameter, tile.step(kSub, 3, p, tile.step(kMul, 3, g, lr)));
  measure(bench, title, size, 12, tile, {openblasAxpy(size.count, -1e-6f, gradient, theirs), theirs}, parameter);
}

void momentum(const Bench& bench, const Size& size) {
  const std::string title = std::string("sgd with momentum ") + size.name;
  if (!bench.wants(title)) return;
  Memory memory;
  Numbers number(memory);
  float *const velocity = memory.take(size.count), *const parameter = memory.take(size.count);
  Tile tile(bench.table(), {size.count});
  const int16_t v = tile.dense(velocity), mu = tile.one(number(0.9f)), g = tile.dense(memory.take(size.count)),
                lr = tile.one(number(1e-6f)), p = tile.dense(parameter);
  tile.step(kAdd, 5, tile.step(kMul, 5, v, mu), g);
  tile.step(kSub, 6, p, tile.step(kMul, 6, 5, lr));
  tile.output(velocity, 5);
  tile.output(parameter, 6);
  measure(bench, title, size, 20, tile);
}

void adam(const Bench& bench, const Size& size) {
  const std::string title = std::string("adam ") + size.name;
  if (!bench.wants(title)) return;
  Memory memory;
  Numbers number(memory);
  float *const mean = memory.take(size.count), *const square = memory.take(size.count);
  float* const parameter = memory.take(size.count);
  for (int64_t i = 0; i < size.count; ++i) square[i] = square[i] * square[i];
  Tile tile(bench.table(), {size.count});
  const int16_t m = tile.dense(mean), beta1 = tile.one(number(0.9f)), g = tile.dense(memory.take(size.count)),
                rest1 = tile.one(number(0.1f)), v = tile.dense(square), beta2 = tile.one(number(0.999f)),
                rest2 = tile.one(number(0.001f)), epsilon = tile.one(number(1e-8f)), lr = tile.one(number(1e-6f)),
                p = tile.dense(parameter);
  tile.step(kMul, 10, m, beta1);
  tile.step(kMul, 11, g, rest1);
  tile.step(kAdd, 10, 10, 11);
  tile.step(kMul, 11, g, g);
  tile.step(kMul, 12, v, beta2);
  tile.step(kMul, 11, 11, rest2);
  tile.step(kAdd, 11, 12, 11);
  tile.step(kSqrt, 12, 11);
  tile.step(kAdd, 12, 12, epsilon);
  tile.step(kDiv, 12, 10, 12);
  tile.step(kMul, 12, 12, lr);
  tile.step(kSub, 12, p, 12);
  tile.output(mean, 10);
  tile.output(square, 11);
  tile.output(parameter, 12);
  measure(bench, title, size, 28, tile);
}

}  // namespace

void updateRules(const Bench& bench) {
  for (const Size& size : kSizes) {
    sgd(bench, size);
    momentum(bench, size);
    adam(bench, size);
  }
}

}  // namespace slalom::bench
