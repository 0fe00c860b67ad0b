#include "adapter/module_match.h"

#include <algorithm>

namespace lab {

TargetModules parse_target_modules(std::string_view text) {
  TargetModules targets;
  if (text == "all-linear") return targets;
  if (text.find_first_of("\\^$*+?()[]{}|") != text.npos) {
    targets.kind = TargetModules::Kind::kRegex;
    targets.regex = text;
    return targets;
  }
  targets.kind = TargetModules::Kind::kNames;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) targets.names.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return targets;
}

Result<WholeRegex> WholeRegex::compile(const std::string& pattern) {
  LAB_TRY(Regex regex, Regex::compile("\\A(?:" + pattern + ")\\z"));
  return WholeRegex(std::move(regex));
}

Result<bool> WholeRegex::matches(std::string_view module) const {
  auto matches = regex_.matches(module);
  LAB_TRY(const auto match, matches.next());
  return match.has_value();
}

Result<ModuleMatch> ModuleMatch::targets(const TargetModules& targets) {
  ModuleMatch match;
  match.targets_ = targets;
  if (targets.kind == TargetModules::Kind::kRegex) {
    LAB_TRY(WholeRegex regex, WholeRegex::compile(targets.regex));
    match.regex_.push_back(std::move(regex));
  }
  return match;
}

Result<bool> ModuleMatch::matches(std::string_view module, bool linear) const {
  switch (targets_.kind) {
    case TargetModules::Kind::kAllLinear: return linear;
    case TargetModules::Kind::kRegex: return regex_.front().matches(module);
    case TargetModules::Kind::kNames: break;
  }
  return std::any_of(targets_.names.begin(), targets_.names.end(), [&](const std::string& name) {
    return module == name || (module.ends_with(name) && module.size() > name.size() &&
                              module[module.size() - name.size() - 1] == '.');
  });
}

}  // namespace lab
