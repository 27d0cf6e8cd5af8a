/** The public names. */

import './train/profile.js'; // gives models `profile`

export { loadWeights } from './checkpoint/restore.js';
export { saveWeights } from './checkpoint/save.js';
export type { ColumnInput, Data } from './data/columns.js';
export { Dataset } from './data/dataset.js';
export { type DatasetOptions, dataset } from './data/input.js';
export type { RowContext } from './data/mapping.js';
export type { FieldChoice } from './data/names.js';
export type { Batch, Row } from './data/row.js';
export * from './errors.js';
export * as losses from './losses/index.js';
export type { Loss, Reduction, TargetRule } from './losses/loss.js';
export * as metrics from './metrics/index.js';
export type { Metric, MetricFunction, MetricLike, MetricValues } from './metrics/metric.js';
export { type Configuration, configure, type Info, info } from './native/configure.js';
export * as nn from './nn/index.js';
export { type Model, Module } from './nn/module.js';
export type {
  BatchSource,
  Machine,
  Phase,
  Profile,
  ProfileBatch,
  ProfiledLayer,
  ProfiledOp,
  ProfileOptions,
  Work,
} from './nn/profiling.js';
export * as optim from './optim/index.js';
export { type LearningRate, Optimizer } from './optim/optimizer.js';
export type { Update, UpdateInput, UpdateRule } from './optim/rule.js';
export * as schedules from './optim/schedules/index.js';
export type { Schedule } from './optim/schedules/schedule.js';
export type { ReportHistory, ReportOptions } from './report/content.js';
export type { LayerStatistics, TensorStatistics } from './report/layers.js';
export { renderReport, type WriteReportOptions, writeReport } from './report/report.js';
export { type Bootstrap, type BootstrapOptions, bootstrap } from './select/bootstrap/bootstrap.js';
export { type CalibrateOptions, type Calibration, type CalibrationScores, calibrate } from './select/calibration/calibrate.js';
export { type CrossValidateOptions, type CrossValidation, crossValidate, type Fold } from './select/crossValidate.js';
export type { Curve, CurvePoint } from './select/curve.js';
export { type LearningCurveOptions, learningCurve } from './select/learningCurve.js';
export { type Overfitting, type OverfittingOptions, type OverfittingVerdict, overfitting } from './select/overfitting.js';
export type { SelectData } from './select/rowSet.js';
export { type GridPoint, type GridSearchOptions, gridSearch } from './select/search/gridSearch.js';
export type { HalvingOptions } from './select/search/halving.js';
export * as space from './select/search/index.js';
export type { Search, SearchContext, SearchResult } from './select/search/options.js';
export { type RandomSearchOptions, randomSearch } from './select/search/randomSearch.js';
export * from './select/splits/index.js';
export type { Summaries, Summary } from './select/summary.js';
export type { FoldContext } from './select/trial.js';
export { type ValidationCurveOptions, validationCurve } from './select/validationCurve.js';
export { type Example, type WorstExamples, type WorstExamplesOptions, type WrongExample, worstExamples } from './select/worstExamples.js';
export { type Compiled, type CompiledOptions, compile, type Given, type Result } from './tensor/compile.js';
export { customGradient } from './tensor/customGradient.js';
export type { DType, TypedArray } from './tensor/dtype.js';
export * from './tensor/functional.js';
export { type GradOf, type GradTarget, grad, valueAndGrad } from './tensor/grad.js';
export { type ArrayInput, type ArrayOptions, array, empty, NDArray, type Nested } from './tensor/ndarray.js';
export * from './tensor/random.js';
export { scan } from './tensor/scan.js';
export { type MatmulPrecision, type Operand, Tensor } from './tensor/tensor.js';
export type { Mode } from './tensor/trace.js';
export { Parameter, Variable, variable } from './tensor/variable.js';
export type { Environment, RunOptions } from './train/about.js';
export type { Callback, RunContext } from './train/callbacks/callback.js';
export * as callbacks from './train/callbacks/index.js';
export { type CheckDataOptions, checkData } from './train/checkData.js';
export { type CheckFunctionOptions, type CheckGradientsOptions, checkGradients } from './train/checkGradients.js';
export type { DataFinding, DataFindingKind, DataReport } from './train/dataCheck/report.js';
export { type EvaluateOptions, type Evaluation, evaluate } from './train/evaluate.js';
export type { BatchEvent, BatchStart, CheckpointEvent, EpochEvent, ProgressEvent, Scores } from './train/events.js';
export { type FindLearningRateOptions, findLearningRate, type LearningRateSweep } from './train/findLearningRate.js';
export { fit } from './train/fit.js';
export type { GradientVerdict } from './train/gradients/difference.js';
export type { GradientCheck, GradientReport } from './train/gradients/report.js';
export type { HealthLimits } from './train/health/checkup.js';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './train/health/diagnose.js';
export type { Finding, FindingKind } from './train/health/finding.js';
export { type StepSize, type StepSizeLimits, type StepSizes, type StepSizesOptions, stepSizes } from './train/health/stepSizes.js';
export type { History } from './train/history.js';
export type { FitOptions } from './train/options.js';
export { type PredictOptions, predict, predictSync } from './train/predict.js';
export type { ActivationReport } from './train/probe/activation.js';
export type { NormOrder } from './train/probe/gradientNorm.js';
export type { Histogram } from './train/probe/histogram.js';
export type { ParameterReport, Probe, ProbeRequest, UpdateReport } from './train/probe/report.js';
export type { Statistics } from './train/probe/statistics.js';
export { FitRun } from './train/run.js';
