// Draws: the published Philox words, equality with the reference, distributions, and a recorded
// hash that every variant with FMA must reproduce.
#include <cmath>

#include "kernels_support.h"
#include "suites.h"

namespace slalom::test {

namespace {

constexpr int64_t kLengths[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 255, 256, 257, 1000, 70001};

RandomArgs argsOf(RandomKind kind, double low, double high, uint64_t key, const int32_t* step = nullptr) {
  RandomArgs args{};
  args.kind = kind;
  args.low = low;
  args.high = high;
  args.key = key;
  args.step = step;
  args.storage = kStoreF32;
  return args;
}

template <typename T>
Guarded<T> draw(const KernelTable& table, RandomArgs args, int64_t count, Order order = Order::whole,
                int64_t offset = 0) {
  Guarded<T> out(count, offset);
  args.out = out.data();
  args.count = count;
  args.storage = sizeof(T) == 8 ? kStoreF64 : kStoreF32;
  CallPlan plan{};
  table.planRandom(&args, &plan);
  runPlan(plan, order);
  check(out.intact(), std::string(table.name) + " wrote outside");
  return out;
}

// Random123's known answers for a zero counter and key.
void publishedWords() {
  constexpr uint32_t words[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (const KernelTable* table : kernelTables(Which::all)) {
    Guarded<float> u = draw<float>(*table, argsOf(kRandomUniform, 0, 1, 0), 4);
    for (int i = 0; i < 4; ++i) checkEqual(u[i], static_cast<float>(words[i] >> 8) * 0x1p-24f, table->name);
  }
}

void uniformsEqualTheReference() {
  const KernelTable& reference = *kernelsNamed("reference");
  const int32_t step = -3;
  constexpr double ranges[][2] = {{0, 1}, {-0.1, 0.1}, {-1, 1}, {3, 3.0000005}, {-7, 0}, {2, 2}, {-0.05103, 0.05103}};
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    for (const auto& range : ranges) {
      for (const int64_t n : kLengths) {
        const RandomArgs args = argsOf(kRandomUniform, range[0], range[1], 0x0123456789abcdef, &step);
        Guarded<float> expected = draw<float>(reference, args, n);
        for (const Order order : kOrders) check(draw<float>(*table, args, n, order, 4) == expected, table->name);
        for (int64_t i = 0; i < n && range[0] < range[1]; ++i) {
          check(expected[i] >= static_cast<float>(range[0]) && expected[i] < static_cast<float>(range[1]),
                "outside the range");
        }
      }
    }
  }
}

// A normal is mean + deviation * radius * cos: the radius is at most 6.8, and log, root, product
// and cosine together are off by a few units in the last place of it.
void normalsFollowTheReference() {
  constexpr double mean = 0.5, deviation = 2, radius = 6.8, units = 6;
  constexpr double tolerance = units * 0x1p-24 * (deviation * radius + mean);
  const int32_t step = 12345;
  const RandomArgs args = argsOf(kRandomNormal, mean, deviation, 99, &step);
  const KernelTable& reference = *kernelsNamed("reference");
  for (const KernelTable* table : kernelTables(Which::variants)) {
    for (const int64_t n : kLengths) {
      Guarded<float> expected = draw<float>(reference, args, n);
      Guarded<float> actual = draw<float>(*table, args, n, Order::whole, 8);
      for (const Order order : kOrders) check(draw<float>(*table, args, n, order) == actual, table->name);
      double worst = 0;
      for (int64_t i = 0; i < n; ++i) {
        worst = std::fmax(worst, std::fabs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])));
      }
      check(worst <= tolerance, std::string(table->name) + ": off by " + std::to_string(worst));
    }
  }
}

struct Moments {
  double mean = 0, variance = 0, fourth = 0;
};

template <typename T>
Moments momentsOf(Guarded<T>& x) {
  Moments m;
  const auto n = static_cast<double>(x.size());
  for (int64_t i = 0; i < x.size(); ++i) m.mean += static_cast<double>(x[i]) / n;
  for (int64_t i = 0; i < x.size(); ++i) {
    const double d = static_cast<double>(x[i]) - m.mean;
    m.variance += d * d / n;
    m.fourth += d * d * d * d / n;
  }
  return m;
}

// Within five standard errors of the moments of each distribution.
template <typename T>
void distributionsOf(const KernelTable& table) {
  constexpr int64_t n = 1 << 20;
  const double error = 5 / std::sqrt(static_cast<double>(n));
  Guarded<T> normal = draw<T>(table, argsOf(kRandomNormal, 0, 1, 7), n);
  const Moments a = momentsOf(normal);
  check(std::fabs(a.mean) < error, "mean of normals");
  check(std::fabs(a.variance - 1) < error * std::sqrt(2.0), "variance of normals");
  check(std::fabs(a.fourth - 3) < error * std::sqrt(96.0), "fourth moment of normals");
  Guarded<T> uniform = draw<T>(table, argsOf(kRandomUniform, 0, 1, 7), n);
  const Moments b = momentsOf(uniform);
  check(std::fabs(b.mean - 0.5) < error * std::sqrt(1.0 / 12), "mean of uniforms");
  check(std::fabs(b.variance - 1.0 / 12) < error * std::sqrt(1.0 / 180), "variance of uniforms");
}

void distributions() {
  for (const KernelTable* table : kernelTables(Which::all)) {
    distributionsOf<float>(*table);
    distributionsOf<double>(*table);
  }
}

// Another key, step or element is another number; the same ones give the same.
void keysAndSteps() {
  const KernelTable& table = *kernelTables(Which::all)[0];
  const int32_t zero = 0, one = 1;
  Guarded<float> plain = draw<float>(table, argsOf(kRandomUniform, 0, 1, 5), 64);
  check(draw<float>(table, argsOf(kRandomUniform, 0, 1, 5, &zero), 64) == plain, "no step is step 0");
  for (const uint64_t key : {uint64_t{4}, uint64_t{5} | uint64_t{1} << 32}) {
    Guarded<float> other = draw<float>(table, argsOf(kRandomUniform, 0, 1, key), 64);
    for (int64_t i = 0; i < 64; ++i) check(other[i] != plain[i], "keys share a draw");
  }
  Guarded<float> later = draw<float>(table, argsOf(kRandomUniform, 0, 1, 5, &one), 64);
  for (int64_t i = 0; i < 64; ++i) check(later[i] != plain[i], "steps share a draw");
}

void recordedBits() {
  const int32_t step = 3;
  for (const KernelTable* table : kernelTables(Which::sameBits)) {
    Guarded<float> u = draw<float>(*table, argsOf(kRandomUniform, -0.3, 0.7, 42, &step), 100003);
    Guarded<float> z = draw<float>(*table, argsOf(kRandomNormal, 0.1, 0.02, 42, &step), 100003);
    checkEqual(hex(hashOf(u.data(), u.size())), std::string("9344801d2eb0bdc8"),
               std::string(table->name) + " uniform " + hex(hashOf(u.data(), u.size())));
    checkEqual(hex(hashOf(z.data(), z.size())), std::string("67f91930c50aa637"),
               std::string(table->name) + " normal " + hex(hashOf(z.data(), z.size())));
  }
}

}  // namespace

Tests kernelRandomTests() {
  return {
      {"random: published words", publishedWords},
      {"random: uniforms equal the reference", uniformsEqualTheReference},
      {"random: normals follow the reference", normalsFollowTheReference},
      {"random: distributions", distributions},
      {"random: keys and steps", keysAndSteps},
      {"random: recorded bits", recordedBits},
  };
}

}  // namespace slalom::test
