// TargetModule: the nine weight matrices of a transformer block that an adapter can belong to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace microlora {

enum class TargetModule : std::uint8_t {
  kQProj,
  kKProj,
  kVProj,
  kOProj,
  kGateProj,
  kUpProj,
  kDownProj,
  kEmbed,
  kLmHead
};
inline constexpr std::uint8_t kTargetModules = 9;

/// "q_proj" and so on.
std::string_view name_of(TargetModule module);
std::optional<TargetModule> module_named(std::string_view name);

std::vector<TargetModule> default_modules();    ///< q and v
std::vector<TargetModule> attention_modules();  ///< q, k, v, o
std::vector<TargetModule> mlp_modules();        ///< gate, up, down

}  // namespace microlora
