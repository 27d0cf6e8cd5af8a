#include "attrs.h"

#include <cstdio>
#include <cstring>
#include <functional>

#include "error.h"

namespace slalom {

namespace {

uint64_t bitsOf(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

size_t mix(size_t seed, size_t value) { return seed ^ (value + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2)); }

struct HashValue {
  size_t operator()(bool x) const { return x; }
  size_t operator()(int64_t x) const { return std::hash<int64_t>()(x); }
  size_t operator()(double x) const { return std::hash<uint64_t>()(bitsOf(x)); }
  size_t operator()(const std::vector<int64_t>& x) const {
    size_t h = x.size();
    for (int64_t v : x) h = mix(h, std::hash<int64_t>()(v));
    return h;
  }
  size_t operator()(const std::string& x) const { return std::hash<std::string>()(x); }
  size_t operator()(const Bytes& x) const {
    return std::hash<std::string_view>()({reinterpret_cast<const char*>(x->data()), x->size()});
  }
};

struct PrintValue {
  std::string operator()(bool x) const { return x ? "true" : "false"; }
  std::string operator()(int64_t x) const { return std::to_string(x); }
  std::string operator()(double x) const {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", x);
    return text;
  }
  std::string operator()(const std::vector<int64_t>& x) const {
    std::string text = "[";
    for (size_t i = 0; i < x.size(); ++i) text += (i ? ", " : "") + std::to_string(x[i]);
    return text + "]";
  }
  std::string operator()(const std::string& x) const { return x; }
  std::string operator()(const Bytes& x) const { return "<" + std::to_string(x->size()) + " bytes>"; }
};

template <typename T>
const T& expect(const Attrs& attrs, std::string_view name) {
  const AttrValue* value = attrs.find(name);
  const T* typed = value ? std::get_if<T>(value) : nullptr;
  if (!typed) throw Error::value("attribute '" + std::string(name) + "' is missing or has another type");
  return *typed;
}

}  // namespace

bool equal(const AttrValue& a, const AttrValue& b) {
  if (a.index() != b.index()) return false;
  if (const double* x = std::get_if<double>(&a)) return bitsOf(*x) == bitsOf(std::get<double>(b));
  if (const Bytes* x = std::get_if<Bytes>(&a)) {
    const Bytes& y = std::get<Bytes>(b);
    return *x == y || **x == *y;
  }
  return a == b;
}

void Attrs::set(std::string_view name, AttrValue value) {
  for (Entry& entry : entries_) {
    if (entry.first == name) {
      entry.second = std::move(value);
      return;
    }
  }
  entries_.emplace_back(std::string(name), std::move(value));
}

const AttrValue* Attrs::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

bool Attrs::flag(std::string_view name, bool fallback) const {
  return find(name) ? expect<bool>(*this, name) : fallback;
}
int64_t Attrs::integer(std::string_view name) const { return expect<int64_t>(*this, name); }
int64_t Attrs::integer(std::string_view name, int64_t fallback) const {
  return find(name) ? expect<int64_t>(*this, name) : fallback;
}

double Attrs::number(std::string_view name) const {
  const AttrValue* value = find(name);
  if (value) {
    if (const int64_t* whole = std::get_if<int64_t>(value)) return static_cast<double>(*whole);
  }
  return expect<double>(*this, name);
}

const std::vector<int64_t>& Attrs::integers(std::string_view name) const {
  return expect<std::vector<int64_t>>(*this, name);
}
const std::string& Attrs::text(std::string_view name) const { return expect<std::string>(*this, name); }
const Bytes& Attrs::bytes(std::string_view name) const { return expect<Bytes>(*this, name); }

bool Attrs::operator==(const Attrs& other) const {
  if (entries_.size() != other.entries_.size()) return false;
  for (const Entry& entry : entries_) {
    const AttrValue* found = other.find(entry.first);
    if (!found || !equal(entry.second, *found)) return false;
  }
  return true;
}

size_t Attrs::hash() const {
  size_t h = entries_.size();
  for (const Entry& entry : entries_) {
    h += mix(std::hash<std::string>()(entry.first), std::visit(HashValue(), entry.second));
  }
  return h;
}

std::string Attrs::toString() const {
  std::string text;
  for (const Entry& entry : entries_) {
    if (!text.empty()) text += ", ";
    text += entry.first + "=" + std::visit(PrintValue(), entry.second);
  }
  return text;
}

}  // namespace slalom
