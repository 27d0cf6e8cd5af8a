#include "args.h"

namespace slalom {

namespace {

constexpr int64_t kFarBytes = 32 << 20;  // read and written in order

bool isFourBytes(Storage storage) { return storage == kStoreF32 || storage == kStoreI32; }

// The last dimension that is not part of a dense run of elements, or -1, and how many the run has.
int beforeDense(const TileProgram& p, const int64_t* stride, int64_t* elements) {
  *elements = 1;
  int d = p.rank - 1;
  for (; d >= 0 && (stride[d] == *elements || p.dims[d] == 1); --d) *elements *= p.dims[d];
  return d;
}

void noteInput(const TileProgram& p, TileInput& input) {
  int64_t elements;
  int d = beforeDense(p, input.stride, &elements);
  const bool dense = d < 0;
  for (; d >= 0 && (input.stride[d] == 0 || p.dims[d] == 1); --d) {
  }
  input.period = d < 0 && !dense ? elements : 0;
  if (dense) {
    input.source = isFourBytes(input.storage) ? Source::direct : Source::dense;
  } else if (d >= 0 || elements > kTile) {
    input.source = Source::strided;
  } else {
    input.source = elements == 1 ? Source::fixed : Source::repeated;
  }
}

void noteOutput(const TileProgram& p, TileOutput& output) {
  int64_t elements;
  output.dense = beforeDense(p, output.stride, &elements) < 0;
  int last = p.stepCount - 1;
  while (last >= 0 && tileSteps(&p)[last].dst != output.reg) --last;
  output.step = static_cast<int16_t>(last);
}

bool isFar(const TileProgram& p) {
  int64_t each = 0;
  for (int j = 0; j < p.inputCount; ++j) {
    const TileInput& input = tileInputs(&p)[j];
    if (isInOrder(input)) each += isFourBytes(input.storage) ? 4 : 1;
  }
  for (int o = 0; o < p.outputCount; ++o) {
    const TileOutput& output = tileOutputs(&p)[o];
    if (output.dense) each += isFourBytes(output.storage) ? 4 : 1;
  }
  return p.count * each >= kFarBytes;
}

}  // namespace

void noteAccess(TileProgram* p) {
  for (int j = 0; j < p->inputCount; ++j) noteInput(*p, tileInputs(p)[j]);
  for (int o = 0; o < p->outputCount; ++o) noteOutput(*p, tileOutputs(p)[o]);
  p->far = !p->wide && isFar(*p);
}

}  // namespace slalom
