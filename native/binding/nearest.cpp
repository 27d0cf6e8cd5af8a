#include "nearest.h"

#include <algorithm>
#include <cctype>

namespace slalom::binding {

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Levenshtein's distance.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string didYouMean(const std::string& given, const std::vector<std::string>& known) {
  const std::string wanted = lower(given.substr(0, 64));
  size_t best = wanted.size() / 2 + 1;
  const std::string* nearest = nullptr;
  for (const std::string& name : known) {
    const size_t far = distance(wanted, lower(name));
    if (far >= best) continue;
    best = far;
    nearest = &name;
  }
  return nearest ? " (did you mean '" + *nearest + "'?)" : "";
}

}  // namespace slalom::binding
