// Settings of the optimizer and its learning-rate schedule.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace lab {

struct AdamWSettings {
  double lr = 1e-4, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.0;
};

enum class Schedule : std::uint8_t { kConstant, kLinear, kCosine };
Result<Schedule> parse_schedule(std::string_view name);
std::string_view schedule_name(Schedule schedule);

/// The factor on the base rate at `step` (from 0): a linear rise over `warmup` steps, then as
/// transformers.get_scheduler has it: constant, linear to 0, or half a cosine to 0 at `steps`.
double schedule_factor(Schedule schedule, std::int64_t step, std::int64_t warmup, std::int64_t steps);

}  // namespace lab
