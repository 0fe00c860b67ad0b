// The package's face.
export { createEngine, Engine } from './engine.js';
export { LabError } from './errors.js';
export { Model } from './model.js';
export { TrainedAdapter } from './adapter.js';
export { TrainingRun } from './run.js';
