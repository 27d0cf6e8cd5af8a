#include "match_rows.h"

#include <cstring>

#include "../ir/error.h"

namespace slalom {

namespace {

constexpr uint64_t kSeed = 0x9e3779b97f4a7c15ull, kFactor = 0xd6e8feb86659fd93ull;

uint64_t mix(uint64_t h, uint64_t word) {
  h = (h ^ word) * kFactor;
  return h ^ (h >> 32);
}

uint64_t hashOf(const uint8_t* data, int64_t bytes) {
  uint64_t h = kSeed;
  for (int64_t at = 0; at < bytes; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, data + at, static_cast<size_t>(bytes - at < 8 ? bytes - at : 8));
    h = mix(h, word);
  }
  return mix(h, h >> 29);
}

// Every step-th row of an array.
struct Sample {
  const uint8_t* data;
  int64_t rowBytes, step, count;

  Sample(const Array& rows, int64_t every)
      : data(rows.data()),
        rowBytes(rows.type.bytes() / rows.type.shape[0]),
        step(every),
        count((rows.type.shape[0] + every - 1) / every) {}

  const uint8_t* row(int64_t i) const { return data + i * step * rowBytes; }
};

struct HashArgs {
  const Sample* sample;
  uint64_t* hashes;
};

void hashRows(const void* args, int64_t begin, int64_t end, void*) {
  const auto* a = static_cast<const HashArgs*>(args);
  for (int64_t i = begin; i < end; ++i) a->hashes[i] = hashOf(a->sample->row(i), a->sample->rowBytes);
}

std::vector<uint64_t> hashesOf(const Sample& sample, ThreadPool& pool) {
  std::vector<uint64_t> hashes(static_cast<size_t>(sample.count));
  const HashArgs args{&sample, hashes.data()};
  pool.run(hashRows, &args, sample.count, nullptr, 0, threadCount());
  return hashes;
}

// Different rows by hash, open addressing.
class Index {
 public:
  Index(const Sample& sample, const std::vector<uint64_t>& hashes) : sample_(sample), hashes_(hashes) {
    size_t size = 2;
    while (size < 2 * hashes.size()) size *= 2;
    slots_.assign(size, -1);
  }

  // The row that has these bytes, or -1; then, with `add`, `candidate` takes its place.
  int64_t find(uint64_t hash, const uint8_t* bytes, int64_t candidate, bool add) {
    const size_t mask = slots_.size() - 1;
    size_t at = static_cast<size_t>(hash) & mask;
    for (; slots_[at] >= 0; at = (at + 1) & mask) {
      const int64_t known = slots_[at];
      if (hashes_[static_cast<size_t>(known)] == hash &&
          std::memcmp(sample_.row(known), bytes, static_cast<size_t>(sample_.rowBytes)) == 0) {
        return known;
      }
    }
    if (add) slots_[at] = candidate;
    return -1;
  }

 private:
  const Sample& sample_;
  const std::vector<uint64_t>& hashes_;
  std::vector<int64_t> slots_;
};

void check(const Array& rows, int64_t step) {
  if (rows.type.shape.rank() == 0 || rows.type.shape.size() == 0 || step < 1) {
    throw Error::value("expected rows, found " + rows.type.toString());
  }
}

}  // namespace

RowMatches matchRows(const Array& rows, int64_t step, const Array& other, int64_t otherStep, size_t pairs,
                     ThreadPool& pool) {
  check(rows, step);
  check(other, otherStep);
  Type same = other.type;
  if (same.shape.rank() == rows.type.shape.rank()) same.shape[0] = rows.type.shape[0];
  if (!(same == rows.type)) {
    throw Error::shape("rows of " + rows.type.toString() + " cannot equal rows of " + other.type.toString());
  }
  RowMatches matches;
  const Sample first(rows, step), second(other, otherStep);
  const std::vector<uint64_t> hashes = hashesOf(first, pool), sought = hashesOf(second, pool);
  Index index(first, hashes);
  for (int64_t i = 0; i < first.count; ++i) {
    if (index.find(hashes[static_cast<size_t>(i)], first.row(i), i, true) >= 0) ++matches.repeated;
  }
  for (int64_t i = 0; i < second.count; ++i) {
    const int64_t found = index.find(sought[static_cast<size_t>(i)], second.row(i), 0, false);
    if (found < 0) continue;
    ++matches.matched;
    if (matches.pairs.size() < pairs) matches.pairs.push_back({i * otherStep, found * step});
  }
  return matches;
}

}  // namespace slalom
