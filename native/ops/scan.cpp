// scan: a loop over a region.
//
// inputs   carries, then xs (leading axis = length), then constants
// region   (carries, one slice of each x, constants) -> (new carries, ys)
// results  final carries, ys stacked along a new leading axis, and the stacked incoming carries
//          ("history": entry t is what iteration t was given; the gradient reads it)
//
// Reverse scans run from the last entry to the first; entry t of xs, ys and history still
// belongs to the same iteration.
#include "families.h"
#include "rules.h"

#include "../ir/error.h"

namespace slalom::ops {

namespace {

struct Parts {
  size_t carries, xs, constants, ys;
  int64_t length;
  bool reverse;
};

Parts partsOf(const Attrs& attrs, size_t inputs, const Graph& body) {
  Parts p{};
  p.carries = static_cast<size_t>(attrs.integer("carries"));
  p.xs = static_cast<size_t>(attrs.integer("xs"));
  p.constants = inputs - p.carries - p.xs;
  p.ys = body.outputs.size() - p.carries;
  p.length = attrs.integer("length");
  p.reverse = attrs.flag("reverse");
  return p;
}

Shape sliceOf(const Shape& stacked) {
  return Shape(std::vector<int64_t>(stacked.dims().begin() + 1, stacked.dims().end()));
}

Type stackOf(const Type& slice, int64_t length) {
  std::vector<int64_t> dims = slice.shape.dims();
  dims.insert(dims.begin(), length);
  return {slice.dtype, Shape(std::move(dims))};
}

void checkCounts(const InferContext& c) {
  if (c.regions.size() != 1) throw Error::value("expected 1 region, found " + std::to_string(c.regions.size()));
  const Graph& body = *c.regions[0];
  const int64_t carries = c.attrs.integer("carries"), xs = c.attrs.integer("xs");
  const auto inputs = static_cast<int64_t>(c.inputs.size());
  if (carries < 0 || xs < 0 || carries + xs > inputs || c.attrs.integer("length") < 0) {
    throw Error::value("carries, xs and length must be 0 or more and no more than the inputs");
  }
  if (body.inputs.size() != c.inputs.size() || static_cast<int64_t>(body.outputs.size()) < carries) {
    throw Error::value("the region takes " + std::to_string(body.inputs.size()) + " arguments and returns " +
                       std::to_string(body.outputs.size()) + " values; expected " + std::to_string(inputs) +
                       " arguments and at least " + std::to_string(carries) + " values");
  }
}

// What the region is given for input i.
Type argumentType(const InferContext& c, const Parts& p, size_t i) {
  const Type& type = c.inputs[i];
  if (i < p.carries || i >= p.carries + p.xs) return type;
  if (type.shape.rank() < 1 || type.shape[0] != p.length) {
    throw Error::shape("expected " + std::to_string(p.length) + " entries along the first axis, found " +
                       type.toString());
  }
  return {type.dtype, sliceOf(type.shape)};
}

Types inferScan(const InferContext& c) {
  checkCounts(c);
  const Graph& body = *c.regions[0];
  const Parts p = partsOf(c.attrs, c.inputs.size(), body);
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    const Type expected = argumentType(c, p, i), found = body.type(body.inputs[i].value);
    if (found == expected) continue;
    throw Error::shape("argument " + std::to_string(i) + " of the region is " + found.toString() + ", expected " +
                       expected.toString());
  }
  for (size_t i = 0; i < p.carries; ++i) {
    const Type found = body.type(body.outputs[i]);
    if (found == c.inputs[i]) continue;
    throw Error::shape("carry " + std::to_string(i) + " goes in as " + c.inputs[i].toString() + " and comes out as " +
                       found.toString());
  }
  Types types(c.inputs.begin(), c.inputs.begin() + static_cast<std::ptrdiff_t>(p.carries));
  for (size_t i = 0; i < p.ys; ++i) types.push_back(stackOf(body.type(body.outputs[p.carries + i]), p.length));
  for (size_t i = 0; i < p.carries; ++i) types.push_back(stackOf(c.inputs[i], p.length));
  return types;
}

// ---- The gradient: one scan in the other direction ----
//
// It carries the cotangents of the carries and the sums for the constants, reads history, xs
// and the cotangents of ys and history, computes the forward body again and returns the
// gradients of the slices of xs as its ys.
class ReverseScan {
 public:
  explicit ReverseScan(VjpContext& c)
      : c_(c), body_(*c.node.regions[0]), p_(partsOf(c.node.attrs, c.node.inputs.size(), body_)), region_(graph_) {
    region_.setScope(graph_.scopeOf(c.b.graph().path(c.node)));
  }

  Values run() {
    declareCarries();
    declareSlices();
    for (size_t i = 0; i < p_.constants; ++i) {
      constants_.push_back(argument(input(p_.carries + p_.xs + i)));
      forward_.push_back(constants_.back().inside);
    }
    closeRegion(differentiate());
    return emitScan();
  }

 private:
  // A value of the outer graph and the region's argument for it. `at` is the index of what it
  // is the cotangent or the sum of.
  struct Argument {
    ValueId outside, inside;
    size_t at = 0;
  };

  ValueId input(size_t i) const { return c_.node.inputs[i]; }
  ValueId cotangent(size_t i) const { return c_.cotangents[i]; }
  ValueId result(size_t i) const { return c_.node.result(static_cast<int>(i)); }
  bool floats(ValueId v) const { return isFloat(c_.b.dtype(v)); }

  Argument argument(ValueId outside, bool sliced = false, size_t at = 0) {
    Type type = c_.b.type(outside);
    if (sliced) type.shape = sliceOf(type.shape);
    return {outside, region_.input(InputKind::argument, "", type), at};
  }

  ValueId zeros(ValueId v) { return c_.b.like(0, v); }

  void declareCarries() {
    for (size_t i = 0; i < p_.carries; ++i) {
      if (!floats(input(i))) continue;
      const ValueId flowing = cotangent(i);
      carryGradients_.push_back(argument(flowing == kNoValue ? zeros(input(i)) : flowing, false, i));
    }
    for (size_t i = 0; i < p_.constants; ++i) {
      const size_t at = p_.carries + p_.xs + i;
      if (c_.needed[at] && floats(input(at))) sums_.push_back(argument(zeros(input(at)), false, at));
    }
  }

  void declareSlices() {
    for (size_t i = 0; i < p_.carries; ++i) slices_.push_back(argument(result(p_.carries + p_.ys + i), true));
    for (size_t i = 0; i < p_.xs; ++i) slices_.push_back(argument(input(p_.carries + i), true));
    for (const Argument& slice : slices_) forward_.push_back(slice.inside);
    for (size_t i = 0; i < p_.ys; ++i) {
      if (cotangent(p_.carries + i) == kNoValue) continue;
      ySeeds_.push_back(argument(cotangent(p_.carries + i), true, i));
    }
    for (size_t i = 0; i < p_.carries; ++i) {
      const ValueId flowing = cotangent(p_.carries + p_.ys + i);
      if (flowing != kNoValue) historySeeds_.push_back(argument(flowing, true, i));
    }
  }

  // Gradients with respect to all forward arguments, kNoValue where nothing flows.
  Values differentiate() {
    const Values outputs = region_.inlineRegion(body_, forward_);
    Values ys, seeds;
    for (const Argument& g : carryGradients_) {
      ys.push_back(outputs[g.at]);
      seeds.push_back(g.inside);
    }
    for (const Argument& g : ySeeds_) {
      ys.push_back(outputs[p_.carries + g.at]);
      seeds.push_back(g.inside);
    }
    Values wanted, gradients(forward_.size(), kNoValue);
    std::vector<size_t> places;
    for (size_t i = 0; i < forward_.size(); ++i) {
      if (!isFloat(region_.dtype(forward_[i])) || (i >= p_.carries && !c_.needed[i])) continue;
      wanted.push_back(forward_[i]);
      places.push_back(i);
    }
    const Values found = c_.gradient(region_, ys, seeds, wanted);
    for (size_t i = 0; i < places.size(); ++i) gradients[places[i]] = found[i];
    return gradients;
  }

  ValueId total(ValueId a, ValueId b) { return a == kNoValue ? b : b == kNoValue ? a : region_.add(a, b); }
  ValueId orZeros(ValueId v, ValueId like) { return v == kNoValue ? region_.like(0, like) : v; }

  void closeRegion(const Values& gradients) {
    for (const Argument& carry : carryGradients_) {
      ValueId g = gradients[carry.at];
      for (const Argument& seed : historySeeds_) {
        if (seed.at == carry.at) g = total(g, seed.inside);
      }
      graph_.outputs.push_back(orZeros(g, carry.inside));
    }
    for (const Argument& sum : sums_) graph_.outputs.push_back(total(sum.inside, gradients[sum.at]));
    for (size_t i = 0; i < p_.xs; ++i) {
      const size_t at = p_.carries + i;
      if (!c_.needed[at] || !floats(input(at))) continue;
      graph_.outputs.push_back(orZeros(gradients[at], forward_[at]));
      xGradients_.push_back(at);
    }
  }

  Values emitScan() {
    Values inputs;
    for (const auto* group : {&carryGradients_, &sums_, &slices_, &ySeeds_, &historySeeds_, &constants_}) {
      for (const Argument& argument : *group) inputs.push_back(argument.outside);
    }
    const auto carries = static_cast<int64_t>(carryGradients_.size() + sums_.size());
    const auto xs = static_cast<int64_t>(slices_.size() + ySeeds_.size() + historySeeds_.size());
    const Attrs attrs = {{"carries", carries}, {"xs", xs}, {"length", p_.length}, {"reverse", !p_.reverse}};
    ValueId next = c_.b.emit(scan, inputs, attrs, {std::make_shared<const Graph>(std::move(graph_))});
    Values gradients(c_.node.inputs.size(), kNoValue);
    for (const Argument& carry : carryGradients_) gradients[carry.at] = next++;
    for (const Argument& sum : sums_) gradients[sum.at] = next++;
    for (size_t at : xGradients_) gradients[at] = next++;
    return gradients;
  }

  VjpContext& c_;
  const Graph& body_;
  const Parts p_;
  Graph graph_;
  Builder region_;
  Values forward_;  // the region's arguments for the forward body
  std::vector<Argument> carryGradients_, sums_, slices_, ySeeds_, historySeeds_, constants_;
  std::vector<size_t> xGradients_;
};

Values scanVjp(VjpContext& c) { return ReverseScan(c).run(); }

constexpr AttrSpec kScanAttrs[] = {{AttrSpec::integer, "carries"},
                                   {AttrSpec::integer, "xs"},
                                   {AttrSpec::integer, "length"},
                                   {AttrSpec::flag, "reverse", false}};

constexpr OpDef scanOp() {
  OpDef op;
  op.name = "scan";
  op.traits = kRegion | kLoop;
  op.minInputs = 0;
  op.maxInputs = -1;
  op.attrs = kScanAttrs;
  op.doc = "runs a region `length` times over slices of xs; results: final carries, ys, incoming carries";
  op.infer = inferScan;
  op.vjp = scanVjp;
  return op;
}

}  // namespace

const OpDef scan = scanOp();

}  // namespace slalom::ops
