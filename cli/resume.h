// Going on with a run: what comes from its checkpoint, and what must be as it was.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "train/run.h"
#include "train_options.h"
#include "waiting.h"

namespace lab::cli {

/// Takes the settings from the checkpoint, so that a resumed run is the same run; paths that were
/// given again win, as files may have moved, and so does what changes no result.
Result<CheckpointInfo> take_checkpoint(const std::string& folder, TrainOptions& options, const CLI::App& command);

/// Another number of steps than the checkpoint's: says what that means, or why it cannot be.
Status check_steps(const CheckpointInfo& checkpoint, std::int64_t steps, Waiting& waiting);

/// kMismatch with both hashes if model or corpus are others than those of the run. Another device is
/// allowed, and said.
Status check_unchanged(const CheckpointInfo& checkpoint, const RunPlace& place, const Dataset& dataset);

}  // namespace lab::cli
