// The options of train and plan, which are the same.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "data/dataset.h"
#include "plan/plan.h"
#include "train/run_settings.h"
#include "train/trainer.h"
#include "workbench.h"

namespace lab::cli {

struct TrainOptions {
  RunSettings settings;
  std::string targets = "all-linear", variant = "lora", schedule = "cosine", memory = "auto";
  double epochs = 0;                 ///< 0: settings.steps
  int threads = 0;
  std::string precision = "auto";
};
void add_train_options(CLI::App& command, TrainOptions& options);

/// Turns the words into settings. kBadArgument.
Status resolve(TrainOptions& options);

/// The corpus as rows of settings.context tokens, with the model's own template.
Result<Dataset> open_dataset(const Workbench& bench, const RunSettings& settings);
/// Sets the number of steps from --epochs, now that the number of rows is known.
void resolve_epochs(TrainOptions& options, const Dataset& dataset);

/// What the settings train on this model.
Result<Trainable> make_trainable(const Model& model, const RunSettings& settings);

}  // namespace lab::cli
