// The three products of dense layers of random sizes, always the same ones, when they are asked for by name: what the
// shapes chosen by hand leave out.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "product.h"
#include "suites.h"

namespace slalom::bench {

namespace {

constexpr int kLayers = 200;
constexpr double kShort = kPatience / 10;

const int64_t kWidths[] = {4, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256, 300, 512, 784, 1024};
const int64_t kBatches[] = {2, 4, 8, 16, 32, 64, 100, 128, 256};

class Draw {
 public:
  template <size_t N>
  int64_t from(const int64_t (&values)[N]) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return values[(state_ >> 33) % N];
  }

 private:
  uint64_t state_ = 1;
};

// Of the products that were timed beside another library.
void summarize(const char* product, std::vector<double> ratios) {
  ratios.erase(std::remove(ratios.begin(), ratios.end(), 0.0), ratios.end());
  if (ratios.empty()) return;
  std::sort(ratios.begin(), ratios.end());
  const auto below = [&](double ratio) {
    return std::lower_bound(ratios.begin(), ratios.end(), ratio) - ratios.begin();
  };
  std::printf("%s: %zu, median %.2f of the faster library, %td below 0.95, %td below 0.8\n", product, ratios.size(),
              ratios[ratios.size() / 2], below(0.95), below(0.8));
}

}  // namespace

void layers(const Bench& bench) {
  if (bench.part() != "layers") return;
  std::vector<double> forward, inputs, weights;
  Draw draw;
  for (int i = 0; i < kLayers; ++i) {
    const int64_t in = draw.from(kWidths), out = draw.from(kWidths), batch = draw.from(kBatches);
    const std::string size = std::to_string(in) + "-" + std::to_string(out) + " batch " + std::to_string(batch);
    forward.push_back(measureProduct(bench, {size, batch, out, in, false, false}, kShort));
    inputs.push_back(measureProduct(bench, {size + " dX", batch, in, out, false, true}, kShort));
    weights.push_back(measureProduct(bench, {size + " dW", in, out, batch, true, false}, kShort));
  }
  std::printf("\n");
  summarize("forward", forward);
  summarize("gradients of inputs", inputs);
  summarize("gradients of weights", weights);
}

}  // namespace slalom::bench
