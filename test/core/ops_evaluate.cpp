#include "ops_evaluate.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

namespace slalom::test {

namespace {

std::vector<double> bytesAsNumbers(const std::vector<uint8_t>& bytes, const Type& type) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < type.shape.size(); ++i) {
    const uint8_t* at = bytes.data() + i * sizeOf(type.dtype);
    float f;
    double d;
    int32_t n;
    if (type.dtype == DType::f32) {
      std::memcpy(&f, at, sizeof f);
      numbers.push_back(static_cast<double>(f));
    } else if (type.dtype == DType::f64) {
      std::memcpy(&d, at, sizeof d);
      numbers.push_back(d);
    } else if (type.dtype == DType::i32) {
      std::memcpy(&n, at, sizeof n);
      numbers.push_back(n);
    } else {
      numbers.push_back(*at);
    }
  }
  return numbers;
}

std::vector<double> constant(const Node& node, const Type& type) {
  if (node.attrs.find("data")) return bytesAsNumbers(*node.attrs.bytes("data"), type);
  return std::vector<double>(static_cast<size_t>(type.shape.size()), node.attrs.number("value"));
}

double reduceTwo(std::string_view op, double sum, double x) {
  if (op == "sum") return sum + x;
  if (op == "any") return sum != 0 || x != 0;
  if (op == "all") return sum != 0 && x != 0;
  if (std::isnan(sum) || std::isnan(x)) return NAN;
  return op == "max" ? std::max(sum, x) : std::min(sum, x);
}

double identityOf(std::string_view op) {
  const double infinity = INFINITY;
  if (op == "max") return -infinity;
  return op == "min" ? infinity : op == "all" ? 1 : 0;
}

// Index of the kept element that element `flat` of `shape` goes to.
size_t keptIndex(int64_t flat, const Shape& shape, const std::vector<bool>& reduced) {
  int64_t index = 0, step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    const int64_t coordinate = flat % shape[i];
    flat /= shape[i];
    if (reduced[static_cast<size_t>(i)]) continue;
    index += coordinate * step;
    step *= shape[i];
  }
  return static_cast<size_t>(index);
}

std::vector<double> reduce(const Node& node, const Tensor& x, const Type& type) {
  const Shape& shape = x.type.shape;
  const std::vector<int64_t> axes = node.attrs.find("axes") ? node.attrs.integers("axes") : std::vector<int64_t>();
  std::vector<bool> reduced(static_cast<size_t>(shape.rank()), axes.empty());
  for (int64_t axis : axes) reduced[static_cast<size_t>(normalizeAxis(axis, shape.rank()))] = true;
  const bool most = node.op->name == "argmax", position = most || node.op->name == "argmin";
  std::vector<double> out(static_cast<size_t>(type.shape.size()), identityOf(node.op->name)), best(out),
      seen(out.size());
  for (size_t i = 0; i < x.data.size(); ++i) {
    const size_t kept = keptIndex(static_cast<int64_t>(i), shape, reduced);
    if (!position) {
      out[kept] = reduceTwo(node.op->name, out[kept], x.data[i]);
    } else if (seen[kept] == 0 || (most ? x.data[i] > best[kept] : x.data[i] < best[kept])) {
      best[kept] = x.data[i];
      out[kept] = seen[kept];
    }
    ++seen[kept];
  }
  return out;
}

std::vector<double> matmul(const Node& node, const Tensor& a, const Tensor& b, const Type& type) {
  const auto sideways = [](const Tensor& t, bool transposed, const Shape& result) {
    Layout layout = Layout::dense(t.type.shape);
    const auto rank = static_cast<size_t>(layout.shape.rank());
    if (transposed) {
      std::swap(layout.shape[static_cast<int>(rank) - 1], layout.shape[static_cast<int>(rank) - 2]);
      std::swap(layout.strides[rank - 1], layout.strides[rank - 2]);
    }
    std::vector<int64_t> strides(static_cast<size_t>(result.rank()), 0);
    for (size_t i = 0; i + 2 < rank; ++i) {
      if (layout.shape[static_cast<int>(i)] != 1) strides[strides.size() - rank + i] = layout.strides[i];
    }
    strides[strides.size() - 2] = layout.strides[rank - 2];
    strides[strides.size() - 1] = layout.strides[rank - 1];
    return strides;
  };
  const bool ta = node.attrs.flag("transposeA");
  const std::vector<int64_t> as = sideways(a, ta, type.shape),
                             bs = sideways(b, node.attrs.flag("transposeB"), type.shape);
  const int64_t k = a.type.shape[a.type.shape.rank() - (ta ? 2 : 1)];
  std::vector<double> out;
  for (int64_t flat = 0; flat < type.shape.size(); ++flat) {
    int64_t rest = flat, ai = 0, bi = 0;
    for (int i = type.shape.rank() - 1; i >= 0; --i) {
      const int64_t coordinate = rest % type.shape[i];
      rest /= type.shape[i];
      if (i != type.shape.rank() - 1) ai += coordinate * as[static_cast<size_t>(i)];
      if (i != type.shape.rank() - 2) bi += coordinate * bs[static_cast<size_t>(i)];
    }
    double sum = 0;
    for (int64_t p = 0; p < k; ++p) {
      sum += a.data[static_cast<size_t>(ai + p * as.back())] * b.data[static_cast<size_t>(bi + p * bs[bs.size() - 2])];
    }
    out.push_back(sum);
  }
  return out;
}

std::vector<double> gather(const Tensor& source, const Tensor& index) {
  const size_t row = source.data.size() / static_cast<size_t>(source.type.shape[0]);
  std::vector<double> out;
  for (double i : index.data) {
    const auto from = source.data.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(i) * row);
    out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(row));
  }
  return out;
}

std::vector<double> scatterAdd(const Tensor& index, const Tensor& update, const Type& type) {
  std::vector<double> out(static_cast<size_t>(type.shape.size()), 0);
  if (index.data.empty()) return out;
  const size_t row = update.data.size() / index.data.size();
  for (size_t i = 0; i < update.data.size(); ++i)
    out[static_cast<size_t>(index.data[i / row]) * row + i % row] += update.data[i];
  return out;
}

// Copies pieces into a result at given starts, along `axis` of concat or from `low` of pad.
void place(const Tensor& piece, const Shape& whole, const std::vector<int64_t>& start, std::vector<double>& out) {
  const std::vector<int64_t> strides = whole.strides();
  for (size_t flat = 0; flat < piece.data.size(); ++flat) {
    int64_t rest = static_cast<int64_t>(flat), at = 0;
    for (int i = whole.rank() - 1; i >= 0; --i) {
      at += (rest % piece.type.shape[i] + start[static_cast<size_t>(i)]) * strides[static_cast<size_t>(i)];
      rest /= piece.type.shape[i];
    }
    out[static_cast<size_t>(at)] = piece.data[flat];
  }
}

std::vector<double> concat(const Node& node, const std::vector<const Tensor*>& pieces, const Shape& shape) {
  std::vector<double> out(static_cast<size_t>(shape.size()));
  const int axis = normalizeAxis(node.attrs.integer("axis"), shape.rank());
  std::vector<int64_t> start(static_cast<size_t>(shape.rank()), 0);
  for (const Tensor* piece : pieces) {
    place(*piece, shape, start, out);
    start[static_cast<size_t>(axis)] += piece->type.shape[axis];
  }
  return out;
}

std::vector<double> pack(const Graph& g, const Node& node, const std::vector<const Tensor*>& pieces,
                         const Shape& shape) {
  std::vector<double> out(static_cast<size_t>(shape.size()), 0);
  const std::vector<int64_t> offsets = definition(node).pieceOffsets(g, node);
  for (size_t i = 0; i < pieces.size(); ++i) {
    const int64_t offset = offsets[i];
    std::copy(pieces[i]->data.begin(), pieces[i]->data.end(), out.begin() + offset);
  }
  return out;
}

void sortRows(const Node& node, const Tensor& x, Tensor& values, Tensor& indices) {
  const int64_t cols = x.type.shape[x.type.shape.rank() - 1], keep = values.type.shape[x.type.shape.rank() - 1];
  const bool descending = node.attrs.flag("descending", node.op->name == "topK");
  for (size_t row = 0; cols > 0 && row < x.data.size() / static_cast<size_t>(cols); ++row) {
    const double* at = x.data.data() + row * static_cast<size_t>(cols);
    std::vector<int> order(static_cast<size_t>(cols));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return descending ? at[a] > at[b] : at[a] < at[b]; });
    for (int64_t i = 0; i < keep; ++i) {
      indices.data.push_back(order[static_cast<size_t>(i)]);
      values.data.push_back(at[order[static_cast<size_t>(i)]]);
    }
  }
}

std::vector<Tensor> scan(const Node& node, const std::vector<const Tensor*>& in, const std::vector<Type>& types) {
  const Graph& body = *node.regions[0];
  const auto carries = static_cast<size_t>(node.attrs.integer("carries")),
             xs = static_cast<size_t>(node.attrs.integer("xs"));
  const size_t ys = body.outputs.size() - carries;
  const int64_t length = node.attrs.integer("length");
  std::vector<Tensor> results;
  for (const Type& type : types) results.push_back({type, std::vector<double>(static_cast<size_t>(type.shape.size()))});
  for (size_t i = 0; i < carries; ++i) results[i].data = in[i]->data;
  const auto store = [&](Tensor& stack, int64_t t, const std::vector<double>& entry) {
    std::copy(entry.begin(), entry.end(), stack.data.begin() + t * static_cast<std::ptrdiff_t>(entry.size()));
  };
  for (int64_t step = 0; step < length; ++step) {
    const int64_t t = node.attrs.flag("reverse") ? length - 1 - step : step;
    std::vector<Tensor> arguments;
    for (size_t i = 0; i < in.size(); ++i) {
      Tensor argument{body.type(body.inputs[i].value), in[i]->data};
      if (i < carries) argument.data = results[i].data;
      if (i >= carries && i < carries + xs) {
        const auto from = in[i]->data.begin() + t * argument.type.shape.size();
        argument.data.assign(from, from + argument.type.shape.size());
      }
      arguments.push_back(std::move(argument));
    }
    const std::vector<Tensor> out = evaluate(body, arguments);
    for (size_t i = 0; i < ys; ++i) store(results[carries + i], t, out[carries + i].data);
    for (size_t i = 0; i < carries; ++i) store(results[carries + ys + i], t, results[i].data);
    for (size_t i = 0; i < carries; ++i) results[i].data = out[i].data;
  }
  return results;
}

std::vector<double> pointwise(const Node& node, const std::vector<const Tensor*>& in) {
  const PointwiseCode code = pointwiseCode(node);
  std::vector<double> out;
  for (size_t i = 0; i < in[0]->data.size(); ++i) {
    const auto operand = [&](size_t j) { return j < in.size() ? in[j]->data[i] : 0; };
    out.push_back(applyCode(code, operand(0), operand(1), operand(2)));
  }
  return out;
}

std::vector<double> single(const Graph& g, const Node& node, const std::vector<const Tensor*>& in, const Type& type) {
  const std::string_view name = node.op->name;
  if (name == "constant") return constant(node, type);
  if (node.op->has(kPointwise)) return pointwise(node, in);
  if (node.op->has(kReduction)) return reduce(node, *in[0], type);
  if (node.op->has(kPacks)) return pack(g, node, in, type.shape);
  if (name == "matmul") return matmul(node, *in[0], *in[1], type);
  if (name == "gather") return gather(*in[0], *in[1]);
  if (name == "scatterAdd") return scatterAdd(*in[0], *in[1], type);
  if (name == "concat") return concat(node, in, type.shape);
  if (name == "padWith") {
    std::vector<double> out(static_cast<size_t>(type.shape.size()), in[1]->data[0]);
    place(*in[0], type.shape, node.attrs.integers("low"), out);
    return out;
  }
  return read(in[0]->data, *definition(node).view(node, type, Layout::dense(in[0]->type.shape)));
}

}  // namespace

std::vector<double> read(const std::vector<double>& source, const Layout& layout) {
  std::vector<double> out;
  for (int64_t flat = 0; flat < layout.shape.size(); ++flat) {
    int64_t rest = flat, at = layout.offset;
    for (int i = layout.shape.rank() - 1; i >= 0; --i) {
      at += rest % layout.shape[i] * layout.strides[static_cast<size_t>(i)];
      rest /= layout.shape[i];
    }
    out.push_back(source[static_cast<size_t>(at)]);
  }
  return out;
}

Graph decomposed(const Graph& g, bool all) {
  Graph out;
  Builder builder(out);
  std::map<ValueId, ValueId> map;
  for (const Input& input : g.inputs) map[input.value] = builder.input(input.kind, input.name, g.type(input.value));
  bool changed = false;
  for (const Node& node : g.nodes) {
    if (map.count(node.result())) continue;
    Node moved = node;
    for (ValueId& v : moved.inputs) v = map.at(v);
    std::vector<ValueId> results;
    RewriteContext context{builder, moved};
    if (definition(node).decompose && (all || !definition(node).bind)) results = definition(node).decompose(context);
    changed = changed || !results.empty();
    if (results.empty()) results = builder.copyNode(g, node, moved.inputs);
    for (size_t i = 0; i < results.size(); ++i) map[node.result(static_cast<int>(i))] = results[i];
  }
  for (ValueId v : g.outputs) out.outputs.push_back(map.at(v));
  return changed ? decomposed(out, all) : out;
}

std::vector<Tensor> evaluate(const Graph& g, const std::vector<Tensor>& inputs) {
  const Graph plain = decomposed(g);
  std::vector<Tensor> values(plain.values.size());
  for (size_t i = 0; i < plain.values.size(); ++i) values[i].type = plain.values[i].type;
  for (size_t i = 0; i < inputs.size(); ++i) values[static_cast<size_t>(plain.inputs[i].value)] = inputs[i];
  for (const Node& node : plain.nodes) {
    if (node.op->name == "input") continue;
    std::vector<const Tensor*> in;
    for (ValueId v : node.inputs) in.push_back(&values[static_cast<size_t>(v)]);
    Tensor* result = &values[static_cast<size_t>(node.result())];
    if (node.op->has(kLoop)) {
      std::vector<Type> types;
      for (int i = 0; i < node.resultCount; ++i) types.push_back(plain.type(node.result(i)));
      std::vector<Tensor> results = scan(node, in, types);
      for (size_t i = 0; i < results.size(); ++i) result[i] = std::move(results[i]);
    } else if (node.resultCount == 2) {
      sortRows(node, *in[0], result[0], result[1]);
    } else {
      result->data = single(plain, node, in, result->type);
    }
  }
  std::vector<Tensor> outputs;
  for (ValueId v : plain.outputs) outputs.push_back(values[static_cast<size_t>(v)]);
  return outputs;
}

}  // namespace slalom::test
