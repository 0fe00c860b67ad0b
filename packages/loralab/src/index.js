// The package's face.
export { createEngine, Engine } from './engine.js';
export { LabError } from './errors.js';
export { ModelCache } from './cache.js';
export { Model } from './model.js';
export { LoadedAdapter, TrainedAdapter, TrainedModel } from './adapter.js';
export { LoadedTokenizer } from './texts.js';
export { TrainingRun } from './run.js';
export { Runs } from './runs.js';
