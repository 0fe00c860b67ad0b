// Which modules a name, a list or a regular expression of an adapter's settings speaks of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapter/lora_config.h"
#include "base/result.h"
#include "text/regex/regex.h"

namespace lab {

/// A regular expression that must match a whole module path.
class WholeRegex {
 public:
  static Result<WholeRegex> compile(const std::string& pattern);
  /// kLimit if the expression takes unreasonably many steps.
  Result<bool> matches(std::string_view module) const;

 private:
  explicit WholeRegex(Regex regex) : regex_(std::move(regex)) {}
  Regex regex_;
};

/// Decides target_modules as PEFT does.
class ModuleMatch {
 public:
  static Result<ModuleMatch> targets(const TargetModules& targets);
  /// `linear`: a linear layer other than the head, which is what all-linear means.
  Result<bool> matches(std::string_view module, bool linear) const;

 private:
  TargetModules targets_;
  std::vector<WholeRegex> regex_;  ///< one for kRegex, else none
};

/// rank_pattern and alpha_pattern: the first key that matches the end of a path, from a dot on, wins.
template <class Value>
class PatternValues {
 public:
  static Result<PatternValues> compile(const std::vector<std::pair<std::string, Value>>& patterns) {
    PatternValues out;
    for (const auto& [key, value] : patterns) {
      LAB_TRY(WholeRegex regex, WholeRegex::compile("(?:.*\\.)?(?:" + key + ")"));
      out.entries_.emplace_back(std::move(regex), value);
    }
    return out;
  }
  Result<Value> value(std::string_view module, Value fallback) const {
    for (const auto& [regex, value] : entries_) {
      LAB_TRY(const bool hit, regex.matches(module));
      if (hit) return value;
    }
    return fallback;
  }

 private:
  std::vector<std::pair<WholeRegex, Value>> entries_;
};

}  // namespace lab
