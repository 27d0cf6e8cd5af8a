#include <dnnl.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "rivals.h"

namespace slalom::bench {

namespace {

using namespace dnnl;
using Dims = memory::dims;

const engine& cpu() {
  static const engine e(engine::kind::cpu, 0);
  return e;
}

memory::desc dense(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t d = dims.size() - 1; d-- > 0;) strides[d] = strides[d + 1] * dims[d + 1];
  return {dims, memory::data_type::f32, strides};
}

memory over(const memory::desc& desc, const float* data) { return {desc, cpu(), const_cast<float*>(data)}; }

// Made once, outside the timing.
Run runOf(primitive made, std::unordered_map<int, memory> arguments) {
  const auto s = std::make_shared<stream>(cpu());
  return repeat([=] {
    made.execute(*s, arguments);
    s->wait();
  });
}

}  // namespace

const char* onednnName() {
  const version_t* v = dnnl_version();
  static const std::string name =
      std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
  return name.c_str();
}

Run onednnProduct(const ProductSpec& s) {
  const memory::desc a({s.m, s.k}, memory::data_type::f32, s.transposeA ? Dims{1, s.m} : Dims{s.k, 1});
  const memory::desc b({s.k, s.n}, memory::data_type::f32, s.transposeB ? Dims{1, s.k} : Dims{s.n, 1});
  const memory::desc c = dense({s.m, s.n});
  const matmul::primitive_desc desc(matmul::desc(a, b, c), cpu());
  return runOf(matmul(desc),
               {{DNNL_ARG_SRC, over(a, s.a)}, {DNNL_ARG_WEIGHTS, over(b, s.b)}, {DNNL_ARG_DST, over(c, s.c)}});
}

Run onednnPointwise(Function function, int64_t count, const float* x, float* y) {
  static const std::unordered_map<Function, algorithm> kAlgorithms = {{Function::exp, algorithm::eltwise_exp},
                                                                      {Function::tanh, algorithm::eltwise_tanh},
                                                                      {Function::relu, algorithm::eltwise_relu},
                                                                      {Function::silu, algorithm::eltwise_swish}};
  const memory::desc d = dense({count});
  const float alpha = function == Function::silu ? 1.0f : 0.0f;
  const eltwise_forward::desc desc(prop_kind::forward_inference, kAlgorithms.at(function), d, alpha, 0);
  return runOf(eltwise_forward({desc, cpu()}), {{DNNL_ARG_SRC, over(d, x)}, {DNNL_ARG_DST, over(d, y)}});
}

Run onednnBiasRelu(int64_t rows, int64_t columns, const float* x, const float* bias, float* y) {
  const memory::desc d = dense({rows, columns}), row = dense({1, columns});
  post_ops after;
  after.append_eltwise(1, algorithm::eltwise_relu, 0, 0);
  primitive_attr attributes;
  attributes.set_post_ops(after);
  const binary::primitive_desc desc(binary::desc(algorithm::binary_add, d, row, d), attributes, cpu());
  return runOf(binary(desc),
               {{DNNL_ARG_SRC_0, over(d, x)}, {DNNL_ARG_SRC_1, over(row, bias)}, {DNNL_ARG_DST, over(d, y)}});
}

Run onednnReduce(bool maximum, bool overRows, int64_t rows, int64_t columns, const float* x, float* out) {
  const memory::desc from = dense({rows, columns}), to = dense(overRows ? Dims{1, columns} : Dims{rows, 1});
  const auto kind = maximum ? algorithm::reduction_max : algorithm::reduction_sum;
  const reduction::primitive_desc desc(reduction::desc(kind, from, to, 0, 0), cpu());
  return runOf(reduction(desc), {{DNNL_ARG_SRC, over(from, x)}, {DNNL_ARG_DST, over(to, out)}});
}

Run onednnSoftmax(bool logarithm, int64_t rows, int64_t columns, const float* x, float* y) {
  const memory::desc d = dense({rows, columns});
  const std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, over(d, x)}, {DNNL_ARG_DST, over(d, y)}};
  if (logarithm) {
    const logsoftmax_forward::primitive_desc desc({prop_kind::forward_inference, d, 1}, cpu());
    return runOf(logsoftmax_forward(desc), arguments);
  }
  const softmax_forward::primitive_desc desc({prop_kind::forward_inference, d, 1}, cpu());
  return runOf(softmax_forward(desc), arguments);
}

}  // namespace slalom::bench
