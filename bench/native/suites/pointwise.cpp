// Pointwise functions and chains: in the nearest cache, in the next, and in memory. Gelem/s count results,
// GB/s what is read and written.
#include "../rivals/rivals.h"
#include "../tile.h"
#include "suites.h"

namespace slalom::bench {

namespace {

Run runOf(const KernelTable& table, const std::vector<uint64_t>& bytes) {
  CallPlan plan{};
  table.planPointwise(reinterpret_cast<const PointwiseArgs*>(bytes.data()), &plan);
  return bench::runOf(plan);
}

struct Place {
  const char* name;
  int64_t count;
};
constexpr Place kPlaces[] = {{"4,096", 4096}, {"65,536", 65536}, {"4,194,304", 4194304}, {"16,777,216", 16777216}};

void function(const Bench& bench, const char* name, Function kind, const Place& place) {
  const std::string title = std::string(name) + " " + place.name;
  if (!bench.wants(title)) return;
  Memory memory;
  const float* const x = memory.take(place.count);
  float *const ours = memory.take(place.count), *const theirs = memory.take(place.count);
  Tile tile(bench.table(), {place.count});
  const int16_t in = tile.dense(x);
  int16_t out;
  if (kind == Function::silu) {
    out = tile.step(kMul, 1, in, tile.step(kSigmoid, 1, in));
  } else {
    out = tile.step(kind == Function::relu ? kRelu : kind == Function::exp ? kExp : kTanh, 1, in);
  }
  tile.output(ours, out);
  const std::vector<uint64_t> bytes = tile.bytes();
  bench.measure({title,
                 Unit::gigaelements,
                 static_cast<double>(place.count),
                 place.count,
                 {runOf(bench.table(), bytes), ours},
                 {},
                 {onednnPointwise(kind, place.count, x, theirs), theirs}});
}

// relu(x + bias), what a layer adds to its product.
void biasRelu(const Bench& bench, const char* title, int64_t rows, int64_t columns) {
  if (!bench.wants(title)) return;
  Memory memory;
  const int64_t count = rows * columns;
  const float *const x = memory.take(count), *const bias = memory.take(columns);
  float *const ours = memory.take(count), *const theirs = memory.take(count);
  Tile tile(bench.table(), {rows, columns});
  const int16_t in = tile.dense(x), row = tile.input(bias, {0, 1});
  tile.output(ours, tile.step(kRelu, 2, tile.step(kAdd, 2, in, row)));
  const std::vector<uint64_t> bytes = tile.bytes();
  bench.measure({title,
                 Unit::gigabytes,
                 8.0 * static_cast<double>(count),
                 count,
                 {runOf(bench.table(), bytes), ours},
                 {},
                 {onednnBiasRelu(rows, columns, x, bias, theirs), theirs}});
}

// A chain that no library has: (a * b + c) * sigmoid(d), read once and written once.
void chain(const Bench& bench, const Place& place) {
  const std::string title = std::string("(a*b+c)*sigmoid(d) ") + place.name;
  if (!bench.wants(title)) return;
  Memory memory;
  Tile tile(bench.table(), {place.count});
  int16_t in[4];
  for (int16_t& reg : in) reg = tile.dense(memory.take(place.count));
  const int16_t product = tile.step(kAdd, 4, tile.step(kMul, 4, in[0], in[1]), in[2]);
  tile.output(memory.take(place.count), tile.step(kMul, 4, product, tile.step(kSigmoid, 5, in[3])));
  const std::vector<uint64_t> bytes = tile.bytes();
  bench.measure(
      {title, Unit::gigabytes, 20.0 * static_cast<double>(place.count), 0, {runOf(bench.table(), bytes)}, {}, {}});
}

}  // namespace

void pointwise(const Bench& bench) {
  for (const Place& place : kPlaces) {
    function(bench, "exp", Function::exp, place);
    function(bench, "tanh", Function::tanh, place);
    function(bench, "relu", Function::relu, place);
    function(bench, "silu", Function::silu, place);
    chain(bench, place);
  }
  biasRelu(bench, "relu(x+bias) 16x16", 16, 16);
  biasRelu(bench, "relu(x+bias) 128x512", 128, 512);
  biasRelu(bench, "relu(x+bias) 256x2048", 256, 2048);
}

}  // namespace slalom::bench
