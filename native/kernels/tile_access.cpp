#include "args.h"

namespace slalom {

namespace {

constexpr int64_t kFarBytes = 32 << 20;  // read and written in order
constexpr int64_t kLongRow = 64;

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
  if (p.wide || p.follows) return false;
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

// Whether steps behind the one that computes an output read its memory as an input.
bool isReadLater(const TileProgram& p, int output) {
  for (int s = tileOutputs(&p)[output].step + 1; s < p.stepCount; ++s) {
    const TileStep& step = tileSteps(&p)[s];
    const int16_t sources[] = {step.a, step.b, step.c};
    for (const int16_t reg : sources) {
      if (reg < 0 || reg >= p.inputCount) continue;
      if (p.follows && reg == 0) return true;
      const TileInput& input = tileInputs(&p)[reg];
      if (input.source == Source::strided || (input.source == Source::direct && input.under == output)) return true;
    }
  }
  return false;
}

// Dense 4-byte outputs are made by the step that computes them.
void noteTargets(TileProgram& p) {
  TileOutput* const outputs = tileOutputs(&p);
  bool passesOn = false;  // an input, to be read at the end
  for (int s = 0; s < p.stepCount; ++s) tileSteps(&p)[s].target = -1;
  for (int o = 0; o < p.outputCount; ++o) {
    outputs[o].there = false;
    passesOn = passesOn || outputs[o].step < 0;
  }
  if (p.far || passesOn) return;
  for (int o = 0; o < p.outputCount; ++o) {
    TileStep& step = tileSteps(&p)[outputs[o].step];
    if (!isFourBytes(outputs[o].storage) || !outputs[o].dense || step.target >= 0 || isReadLater(p, o)) continue;
    step.target = static_cast<int16_t>(o);
    outputs[o].there = true;
  }
}

void noteTiles(TileProgram& p) {
  const TileOutput* const outputs = tileOutputs(&p);
  bool strided = false, inOrder = true;
  for (int j = p.follows ? 1 : 0; j < p.inputCount; ++j) {
    strided = strided || tileInputs(&p)[j].source == Source::strided;
    inOrder = inOrder && tileInputs(&p)[j].source == Source::direct;
  }
  for (int o = 0; o < p.outputCount; ++o) strided = strided || !outputs[o].dense;
  p.row = strided && p.dims[p.rank - 1] >= kLongRow ? p.dims[p.rank - 1] : 0;
  // Nothing in registers: no need to stop.
  const bool copies = p.stepCount == 0, inPlace = p.stepCount == 1 && p.outputCount == 1 && outputs->there;
  p.most = inOrder && !p.far && (copies || inPlace) ? INT64_MAX : kTile;
}

}  // namespace

void noteAccess(TileProgram* p) {
  for (int j = 0; j < p->inputCount; ++j) noteInput(*p, tileInputs(p)[j]);
  for (int o = 0; o < p->outputCount; ++o) noteOutput(*p, tileOutputs(p)[o]);
  p->far = isFar(*p);
  noteTargets(*p);
  noteTiles(*p);
}

}  // namespace slalom
