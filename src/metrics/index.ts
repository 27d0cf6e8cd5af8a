export { accuracy } from './accuracy.js';
export { type BinaryAccuracyOptions, binaryAccuracy } from './binaryAccuracy.js';
export { type ConfusionMatrixOptions, confusionMatrix } from './confusionMatrix.js';
export { mae } from './mae.js';
export type { Metric, MetricFunction, MetricLike, MetricOptions, MetricValues } from './metric.js';
export { r2 } from './r2.js';
export { rmse } from './rmse.js';
export { type TopKOptions, topK } from './topK.js';
