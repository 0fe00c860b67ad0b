#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/cat.h"

namespace lab {

Result<Schedule> parse_schedule(std::string_view name) {
  for (Schedule schedule : {Schedule::kConstant, Schedule::kLinear, Schedule::kCosine})
    if (schedule_name(schedule) == name) return schedule;
  return fail(Error{Code::kBadArgument, cat("there is no schedule '", name, "'")}.of("schedule")
                  .fix("Schedules are constant, linear and cosine."));
}

std::string_view schedule_name(Schedule schedule) {
  switch (schedule) {
    case Schedule::kConstant: return "constant";
    case Schedule::kLinear: return "linear";
    case Schedule::kCosine: return "cosine";
  }
  return "unknown";
}

double schedule_factor(Schedule schedule, std::int64_t step, std::int64_t warmup, std::int64_t steps) {
  if (step < warmup) return static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, warmup));
  const double left = static_cast<double>(steps - step), span = static_cast<double>(std::max<std::int64_t>(1, steps - warmup));
  switch (schedule) {
    case Schedule::kConstant: return 1.0;
    case Schedule::kLinear: return std::max(0.0, left / span);
    case Schedule::kCosine: return std::max(0.0, 0.5 * (1.0 + std::cos(std::numbers::pi * (1.0 - left / span))));
  }
  return 1.0;
}

}  // namespace lab
