#include "target_module.h"

namespace microlora {
namespace {

constexpr std::string_view kNames[kTargetModules] = {"q_proj",    "k_proj",    "v_proj",
                                                     "o_proj",    "gate_proj", "up_proj",
                                                     "down_proj", "embed",     "lm_head"};

}  // namespace

std::string_view name_of(TargetModule module) { return kNames[static_cast<std::uint8_t>(module)]; }

std::optional<TargetModule> module_named(std::string_view name) {
  for (std::uint8_t i = 0; i < kTargetModules; ++i) {
    if (kNames[i] == name) return static_cast<TargetModule>(i);
  }
  return std::nullopt;
}

std::vector<TargetModule> default_modules() { return {TargetModule::kQProj, TargetModule::kVProj}; }
std::vector<TargetModule> attention_modules() {
  return {TargetModule::kQProj, TargetModule::kKProj, TargetModule::kVProj, TargetModule::kOProj};
}
std::vector<TargetModule> mlp_modules() {
  return {TargetModule::kGateProj, TargetModule::kUpProj, TargetModule::kDownProj};
}

}  // namespace microlora
