// Every op, by the file that defines it. registry.cpp lists them in order.
#pragma once

#include "op.h"

namespace slalom::ops {

// unary.cpp
extern const OpDef neg, abs, sign, relu, exp, expm1, log, log1p, sqrt, rsqrt, tanh, sigmoid, erf, sin, cos, floor,
    round, reciprocal, isFinite, logicalNot;
// binary.cpp
extern const OpDef add, sub, mul, div, max, min, pow, reluGradient;
// compare.cpp
extern const OpDef equal, notEqual, less, lessEqual, greater, greaterEqual, logicalAnd, logicalOr;
// select.cpp
extern const OpDef where, cast;
// fused.cpp
extern const OpDef fused;
// reduce.cpp
extern const OpDef reduceSum, reduceMax, reduceMin, reduceAny, reduceAll, argMax, argMin;
// views.cpp
extern const OpDef reshape, transpose, broadcast, stopGradient;
// slices.cpp
extern const OpDef slice, flip;
// concat.cpp
extern const OpDef concat, pad, padWith;
// pack.cpp
extern const OpDef pack, unpack;
// sources.cpp
extern const OpDef input, constant, iota;
// gather.cpp
extern const OpDef gather, scatterAdd, oneHot;
// matmul.cpp
extern const OpDef matmul, measuredMatmul;
// random.cpp
extern const OpDef randomUniform, randomNormal;
// sort.cpp
extern const OpDef sort, topK;
// softmax.cpp
extern const OpDef softmax, logSoftmax;
// cross_entropy.cpp
extern const OpDef softmaxCrossEntropy;
// scan.cpp
extern const OpDef scan;
// custom_gradient.cpp
extern const OpDef customGradient;

}  // namespace slalom::ops
