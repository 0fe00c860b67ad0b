// Precision: how the operands of large matrix products are rounded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lab {

/// Sums, and everything between products, are float32 either way.
enum class Precision : std::uint8_t { kFloat32, kBFloat16 };

/// "f32", "bf16".
constexpr std::string_view precision_name(Precision precision) { return precision == Precision::kBFloat16 ? "bf16" : "f32"; }
constexpr std::optional<Precision> parse_precision(std::string_view name) {
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16})
    if (name == precision_name(precision)) return precision;
  return std::nullopt;
}

}  // namespace lab
