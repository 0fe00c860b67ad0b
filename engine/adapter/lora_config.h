// LoraConfig: what kind of adapter to train, and on which linear layers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lab {

/// Which modules get a pair, with PEFT's meaning of target_modules.
struct TargetModules {
  enum class Kind : std::uint8_t { kAllLinear, kNames, kRegex };
  Kind kind = Kind::kAllLinear;
  std::vector<std::string> names;    ///< kNames: the whole path, or its end from a dot on
  std::string regex;                 ///< kRegex: matches the whole path
};

/// "all-linear", "q_proj,v_proj", or a regular expression (told by its special characters).
TargetModules parse_target_modules(std::string_view text);

struct LoraConfig {
  std::int64_t rank = 8;
  double alpha = 16;
  double dropout = 0;
  bool rslora = false;               ///< scale alpha / sqrt(rank) instead of alpha / rank
  bool dora = false;
  TargetModules targets;
  /// Regular expressions that match the end of a module path from a dot on, with what they set.
  std::vector<std::pair<std::string, std::int64_t>> rank_pattern;
  std::vector<std::pair<std::string, double>> alpha_pattern;
};

}  // namespace lab
