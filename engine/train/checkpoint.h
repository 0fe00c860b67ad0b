// Checkpoint: the whole changing state of a run in one file that is complete or absent.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "data/cursor.h"
#include "file/json.h"
#include "train/trainer.h"

namespace lab {

/// What a run must know besides its numbers to go on as if it had never stopped.
struct CheckpointInfo {
  std::int64_t step = 0;             ///< updates applied
  std::int64_t tokens = 0;           ///< tokens seen
  CursorState cursor;                ///< where in the data the next step begins
  std::string model_sha256, corpus_sha256;
  std::string rows_sha256;           ///< of the corpus' tokens and how they are packed
  std::string program, device;       ///< what wrote it; another device may round differently
  Json settings;                     ///< the run's settings, as train writes them
  Json history;                      ///< first and last losses, for the closing report
};

inline constexpr const char* kCheckpointFile = "checkpoint.safetensors";
inline constexpr const char* kPreviousCheckpointFile = "checkpoint.previous.safetensors";
inline constexpr const char* kDamagedCheckpointFile = "checkpoint.damaged.safetensors";

/// Writes `folder`/checkpoint.safetensors: parameters and both moments, with `info` and a SHA-256 of
/// both in its metadata. The file appears by a rename, after its bytes are on the disk; the
/// checkpoint before it is kept beside it. kDiskFull says how many bytes are needed; then, as after
/// any other error, the folder's checkpoints are as they were.
Status write_checkpoint(const std::string& folder, const Trainer& trainer, const CheckpointInfo& info);

/// Makes the folder ready for a run that goes on: sets a damaged checkpoint aside under
/// kDamagedCheckpointFile, so that the good one before it is not replaced by it, and removes what a
/// run that was killed left half-written. A sentence about what was set aside, or "". Call it with the
/// folder locked.
Result<std::string> clean_run_folder(const std::string& folder);

/// Removes all checkpoints, so that a new run in an old one's folder can never fall back on those.
void discard_checkpoints(const std::string& folder);

/// Reads the newest checkpoint that is whole: the current file, else the previous one (then `note`
/// says why). Puts its numbers into `trainer`. kMismatch if it is of another shape.
Result<CheckpointInfo> read_checkpoint(const std::string& folder, Trainer& trainer, std::string* note);

/// The information alone. kNotFound if the folder has no checkpoint.
Result<CheckpointInfo> read_checkpoint_info(const std::string& folder);

}  // namespace lab
