// RunSettings: everything that decides what a training run computes, as options and as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "adapter/lora_config.h"
#include "base/result.h"
#include "device/precision.h"
#include "file/json.h"
#include "model/transformer.h"
#include "train/optimizer.h"

namespace lab {

/// The defaults come from the study in docs/defaults.md.
struct RunSettings {
  std::string model = "smollm2-135m", data;  ///< as the user named them
  bool full = false;                 ///< train every weight in float32 instead of an adapter
  LoraConfig lora;                   ///< unused if full
  AdamWSettings adamw{.lr = 2e-3};
  Schedule schedule = Schedule::kCosine;
  std::int64_t warmup = 10;          ///< steps
  double clip = 1.0;
  std::int64_t steps = 200;          ///< in all, a resumed part included
  std::int64_t context = 256, batch = 1, grad_accum = 1;
  std::uint64_t seed = 0;
  double val_fraction = 0.1;
  bool pack = true;                  ///< several documents a row
  bool loss_on_all = false;          ///< also prompts and user turns carry a loss
  std::int64_t eval_every = 50, save_every = 100;  ///< steps; 0: only at the end
  std::int64_t skip_nonfinite = 0;   ///< steps that may be left out as their loss or gradient is not finite
  Recompute recompute = Recompute::kNone;
  Precision precision = Precision::kFloat32;
};

Json to_json(const RunSettings& settings);
/// The settings that to_json() wrote. kBadJson names what is missing or of another type.
Result<RunSettings> run_settings_from_json(const Json& json);

/// "lora", "rslora", "dora", "full". kBadArgument for anything else.
Status set_variant(RunSettings& settings, std::string_view name);
std::string_view variant_name(const RunSettings& settings);

/// The first thing that is out of range, with the range. kBadArgument.
Status check(const RunSettings& settings);

}  // namespace lab
