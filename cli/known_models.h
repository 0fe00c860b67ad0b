// The models that the program knows by name, and where it keeps them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lab::cli {

struct KnownModel {
  std::string_view name, title, file, sha256, source;
  std::string_view base;             ///< its name on Hugging Face, which PEFT looks up
  std::uint64_t bytes;
};

inline constexpr std::string_view kDefaultModel = "smollm2-135m";
const std::vector<KnownModel>& known_models();

/// $LAB_CACHE, else $XDG_CACHE_HOME/lora-lab, else ~/.cache/lora-lab.
std::string cache_folder();
std::string cached_path(const KnownModel& model);
bool is_cached(const KnownModel& model);

/// A known name becomes its cached path; anything else is a path already.
std::string resolve_model(const std::string& name_or_path);

/// What an adapter calls its base: a known model's name on Hugging Face, else the path as given.
std::string base_name(const std::string& name_or_path);

}  // namespace lab::cli
