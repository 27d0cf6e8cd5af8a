// Updates where gradients are made.
//
// An optimizer writes its rule once, over a flat pack of gradients: every gradient goes to memory, waits for the
// guard, which looks at all of them, and comes back for the update. Here the rule is written once more for each
// gradient that is a large product, so that fusion makes it the product's epilogue, and what remains of the pack
// keeps the rule in pieces between. The guard must then know before any update that no gradient can be out of range:
// in place of a product's greatest magnitude it takes a bound, from those of the factors. A step that the bound
// refuses without need is done by the unfused program (see Session::repeat), so no result changes.
#include <algorithm>
#include <map>
#include <tuple>

#include "../ops/magnitude.h"
#include "rebuild.h"

namespace slalom {

namespace {

using Values = std::vector<ValueId>;

constexpr int64_t kWorthSplitting = 32 * 1024;  // elements of a product
constexpr double kDeepest = 512;                // deeper products are added up in memory, and gain nothing

// A part of a pack: one large product, or all that lies between two of them.
struct Segment {
  int64_t offset;
  Shape shape;          // of the product; else flat
  size_t first, count;  // pieces
  bool product;
};

// Who uses a value: nodes, and ends of the graph.
struct Uses {
  std::vector<int32_t> readers;
  bool guarded = false;  // the value of a guarded commit
  bool guards = false;
  bool other = false;  // an output, a commit's target or the value of an unguarded one
};

class Splitter {
 public:
  explicit Splitter(const Graph& g)
      : g_(g), builder_(out_), uses_(g.values.size()), pack_(g.nodes.size(), -1), parts_(g.values.size()) {}

  Graph run() {
    const auto packs = [](const Node& n) { return n.op->has(kPacks); };
    if (std::none_of(g_.nodes.begin(), g_.nodes.end(), packs)) return g_;
    collectUses();
    findRules();
    for (size_t i = 0; i < g_.nodes.size(); ++i) {
      if (g_.nodes[i].op->has(kPacks)) consider(static_cast<int32_t>(i));
    }
    if (segments_.empty()) return g_;
    out_.scopes = g_.scopes;
    map_.assign(g_.values.size(), kNoValue);
    for (size_t i = 0; i < g_.nodes.size(); ++i) place(static_cast<int32_t>(i));
    placeEnds();
    return withoutDead(out_);
  }

 private:
  const Node& node(int32_t index) const { return g_.nodes[static_cast<size_t>(index)]; }
  const Uses& usesOf(ValueId v) const { return uses_[static_cast<size_t>(v)]; }
  int32_t producer(ValueId v) const { return g_.values[static_cast<size_t>(v)].node; }
  const Shape& shape(ValueId v) const { return g_.type(v).shape; }
  ValueId& mapped(ValueId v) { return map_[static_cast<size_t>(v)]; }
  // Of a pack that is split, or of a node of its rule: the pack's node; else -1.
  int32_t packOf(int32_t index) const { return pack_[static_cast<size_t>(index)]; }

  // ---- what may be split ----

  void collectUses() {
    const auto of = [&](ValueId v) -> Uses& { return uses_[static_cast<size_t>(v)]; };
    for (size_t i = 0; i < g_.nodes.size(); ++i) {
      for (ValueId v : g_.nodes[i].inputs) of(v).readers.push_back(static_cast<int32_t>(i));
    }
    for (ValueId v : g_.outputs) of(v).other = true;
    for (ValueId v : g_.guards) of(v).guards = true;
    for (const Commit& commit : g_.commits) {
      of(commit.target).other = true;
      (commit.guarded ? of(commit.value).guarded : of(commit.value).other) = true;
    }
  }

  // Nodes that only guarded commits want, element by element, and nodes that only guards want.
  void findRules() {
    rule_.assign(g_.nodes.size(), false);
    guarding_.assign(g_.nodes.size(), false);
    for (size_t i = g_.nodes.size(); i-- > 0;) {
      const Node& n = g_.nodes[i];
      if (n.resultCount != 1) continue;
      const Uses& uses = usesOf(n.result());
      const auto all = [&](const std::vector<bool>& of) {
        return std::all_of(uses.readers.begin(), uses.readers.end(),
                           [&](int32_t reader) { return of[static_cast<size_t>(reader)]; });
      };
      const auto sameShape = [&](int32_t reader) { return shape(node(reader).result()) == shape(n.result()); };
      const bool used = !uses.readers.empty() || uses.guarded || uses.guards;
      rule_[i] = n.op->has(kPointwise) && n.regions.empty() && shape(n.result()).rank() == 1 && used && !uses.guards &&
                 !uses.other && all(rule_) && std::all_of(uses.readers.begin(), uses.readers.end(), sameShape);
      guarding_[i] = used && !uses.guarded && !uses.other && all(guarding_);
    }
  }

  bool isRule(int32_t index) const { return rule_[static_cast<size_t>(index)]; }

  // The node that takes the greatest magnitude of v by way of a reader of it, for guards only; else -1.
  int32_t magnitudeBehind(ValueId v, int32_t reader) const {
    if (!guarding_[static_cast<size_t>(reader)]) return -1;
    const std::vector<int32_t>& next = usesOf(node(reader).result()).readers;
    return next.size() == 1 && underMagnitude(g_, node(next[0])) == v ? next[0] : -1;
  }

  bool isLargeProduct(ValueId v) const {
    const Node& n = g_.producer(v);
    const Uses& uses = usesOf(v);
    const int64_t size = shape(v).size();
    const bool large = g_.type(v).dtype == DType::f32 && shape(v).rank() == 2 && size >= kWorthSplitting;
    if (size % kPackAlignment != 0) return false;  // rules update the zeros behind a piece as well
    const bool alone = uses.readers.size() == 1 && !uses.guarded && !uses.guards && !uses.other;
    return large && alone && definition(n).measured && n.regions.empty() && depthOf(v) <= kDeepest;
  }

  // How many products of two numbers an element adds up.
  double depthOf(ValueId product) const {
    const Node& n = g_.producer(product);
    return definition(n).flops(g_, n) / 2 / static_cast<double>(shape(product).size());
  }

  void consider(int32_t index) {
    const Node& pack = node(index);
    const Uses& uses = usesOf(pack.result());
    if (uses.guarded || uses.guards || uses.other) return;
    bool any = false;
    for (int32_t reader : uses.readers) {
      if (!isRule(reader) && magnitudeBehind(pack.result(), reader) < 0) return;
      any = any || isRule(reader);
    }
    if (!any || std::none_of(pack.inputs.begin(), pack.inputs.end(), [&](ValueId v) { return isLargeProduct(v); })) {
      return;
    }
    if (claim(index)) segments_[index] = segmentsOf(pack);
  }

  // All that is computed from a pack or together with it; false if some of it belongs to another one.
  bool claim(int32_t index) {
    const ValueId flat = node(index).result();
    std::vector<int32_t> members, waiting = usesOf(flat).readers;
    std::vector<bool> known(g_.nodes.size(), false);
    while (!waiting.empty()) {
      const int32_t at = waiting.back();
      waiting.pop_back();
      if (!isRule(at) || known[static_cast<size_t>(at)] || shape(node(at).result()) != shape(flat)) continue;
      if (packOf(at) >= 0) return false;
      known[static_cast<size_t>(at)] = true;
      members.push_back(at);
      for (ValueId v : node(at).inputs) waiting.push_back(producer(v));
      const std::vector<int32_t>& readers = usesOf(node(at).result()).readers;
      waiting.insert(waiting.end(), readers.begin(), readers.end());
    }
    for (int32_t member : members) pack_[static_cast<size_t>(member)] = index;
    pack_[static_cast<size_t>(index)] = index;
    return true;
  }

  std::vector<Segment> segmentsOf(const Node& pack) const {
    const std::vector<int64_t> offsets = definition(pack).pieceOffsets(g_, pack);
    std::vector<Segment> segments;
    for (size_t i = 0; i < pack.inputs.size(); ++i) {
      const bool product = isLargeProduct(pack.inputs[i]);
      if (product) {
        segments.push_back({offsets[i], shape(pack.inputs[i]), i, 1, true});
        continue;
      }
      if (segments.empty() || segments.back().product) segments.push_back({offsets[i], {}, i, 0, false});
      Segment& run = segments.back();
      ++run.count;
      run.shape = {offsets[i + 1] - run.offset};
    }
    return segments;
  }

  // ---- the new graph ----

  void place(int32_t index) {
    const Node& n = node(index);
    builder_.setScope(n.scope);
    if (segments_.count(index) > 0) return placePieces(n, segments_.at(index));
    if (packOf(index) >= 0) return placeParts(n, packOf(index));
    if (const int32_t pack = packUnder(n); pack >= 0) {
      mapped(n.result()) = greatestIn(node(pack), segments_.at(pack));
      return;
    }
    if (readsSplit(n)) return;  // magnitudes that nobody takes any more
    Values inputs;
    for (ValueId v : n.inputs) inputs.push_back(mapped(v));
    const Values results = builder_.copyNode(g_, n, std::move(inputs));
    for (size_t i = 0; i < results.size(); ++i) mapped(n.result(static_cast<int>(i))) = results[i];
  }

  bool isSplit(ValueId v) const { return segments_.count(producer(v)) > 0; }
  bool readsSplit(const Node& n) const {
    return std::any_of(n.inputs.begin(), n.inputs.end(), [&](ValueId v) { return isSplit(v); });
  }
  int32_t packUnder(const Node& n) const {
    const ValueId under = underMagnitude(g_, n);
    return under != kNoValue && isSplit(under) ? producer(under) : -1;
  }

  Values& partsOf(ValueId v) { return parts_[static_cast<size_t>(v)]; }

  void placePieces(const Node& pack, const std::vector<Segment>& segments) {
    for (const Segment& segment : segments) {
      Values pieces;
      for (size_t i = 0; i < segment.count; ++i) pieces.push_back(mapped(pack.inputs[segment.first + i]));
      partsOf(pack.result()).push_back(segment.product ? pieces[0] : builder_.pack(std::move(pieces)));
    }
  }

  void placeParts(const Node& n, int32_t pack) {
    for (size_t s = 0; s < segments_.at(pack).size(); ++s) {
      Values inputs;
      for (ValueId v : n.inputs) inputs.push_back(partOf(v, pack, s));
      partsOf(n.result()).push_back(builder_.emit(definition(n), std::move(inputs), n.attrs));
    }
  }

  ValueId partOf(ValueId v, int32_t pack, size_t s) {
    if (packOf(producer(v)) >= 0) return partsOf(v)[s];
    // Of what the rule finds there, the same part for all that read it.
    const Segment& segment = segments_.at(pack)[s];
    const auto found = cuts_.emplace(std::make_tuple(pack, s, v), kNoValue).first;
    if (found->second == kNoValue) found->second = cutFrom(v, segment);
    return found->second;
  }

  ValueId cutFrom(ValueId v, const Segment& segment) {
    const Node& whole = g_.producer(v);
    if (segment.product && whole.op->has(kPacks)) {
      const std::vector<int64_t> offsets = definition(whole).pieceOffsets(g_, whole);
      for (size_t i = 0; i < whole.inputs.size(); ++i) {
        const bool same = offsets[i] == segment.offset && shape(whole.inputs[i]) == segment.shape;
        if (same) return mapped(whole.inputs[i]);
      }
    }
    return builder_.unpack(mapped(v), segment.offset, segment.shape);
  }

  // At least the greatest magnitude of all pieces.
  ValueId greatestIn(const Node& pack, const std::vector<Segment>& segments) {
    ValueId most = kNoValue;
    for (size_t s = 0; s < segments.size(); ++s) {
      const ValueId next = segments[s].product ? boundOf(pack.inputs[segments[s].first])
                                               : greatestMagnitude(builder_, partsOf(pack.result())[s]);
      most = most == kNoValue ? next : greaterOf(builder_, most, next);
    }
    return most;
  }

  // Sums of `depth` products of two factors; twice that, for what rounding may add.
  ValueId boundOf(ValueId product) {
    const Node& n = g_.producer(product);
    ValueId bound = builder_.scalar(2 * depthOf(product), DType::f32);
    for (ValueId factor : {n.inputs[0], n.inputs[1]}) {
      bound = builder_.mul(bound, greatestMagnitude(builder_, mapped(factor)));
    }
    return bound;
  }

  void placeEnds() {
    Graph ends;
    ends.inputs = g_.inputs;
    ends.outputs = g_.outputs;
    ends.guards = g_.guards;
    for (const Commit& commit : g_.commits) {
      if (packOf(producer(commit.value)) < 0) ends.commits.push_back(commit);
    }
    translateEnds(ends, map_, out_);
    for (const Commit& commit : g_.commits) {
      const int32_t pack = packOf(producer(commit.value));
      if (pack < 0) continue;
      const std::vector<Segment>& segments = segments_.at(pack);
      for (size_t s = 0; s < segments.size(); ++s) {
        out_.commits.push_back(
            {mapped(commit.target), partsOf(commit.value)[s], commit.guarded, commit.begin() + segments[s].offset});
      }
    }
  }

  const Graph& g_;
  Graph out_;
  Builder builder_;
  std::vector<Uses> uses_;  // per value
  std::vector<bool> rule_, guarding_;
  std::vector<int32_t> pack_;
  std::unordered_map<int32_t, std::vector<Segment>> segments_;    // per pack that is split
  Values map_;                                                    // per value of g
  std::vector<Values> parts_;                                     // per value of g: one for each segment
  std::map<std::tuple<int32_t, size_t, ValueId>, ValueId> cuts_;  // by pack and segment, of other values
};

}  // namespace

Graph splitUpdates(const Graph& g) { return Splitter(g).run(); }

}  // namespace slalom
