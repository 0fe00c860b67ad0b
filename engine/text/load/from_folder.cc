#include <algorithm>
#include <cstdint>

#include "base/mapped_file.h"
#include "file/utf8.h"
#include "text/load/parts_json.h"
#include "text/tokenizer.h"

namespace lab {

namespace {

// The text of a file, or null where it does not exist.
Result<std::shared_ptr<const ByteSource>> read_if_there(const std::string& path) {
  auto source = map_file(path);
  if (!source && source.error().code == Code::kNotFound) return nullptr;
  return source;
}

std::string_view text_of(const ByteSource& source) {
  return {reinterpret_cast<const char*>(source.bytes().data()), source.bytes().size()};
}

/// Adds the eos_token_id of generation_config.json, or without that file of config.json, as
/// transformers does: a number or a list of them.
Status add_stop_ids(const std::string& folder, std::vector<std::int32_t>& ids) {
  LAB_TRY(auto file, read_if_there(folder + "/generation_config.json"));
  if (!file) {
    LAB_TRY(file, read_if_there(folder + "/config.json"));
  }
  if (!file) return {};
  LAB_TRY(const Json config, parse_json(text_of(*file), file->name()));
  const Json* eos = config.is_object() ? config.find("eos_token_id") : nullptr;
  if (eos == nullptr || eos->is_null()) return {};
  const Json::Array list = eos->is_array() ? eos->array() : Json::Array{*eos};
  for (const Json& id : list) {
    if (!id.is_integer() || id.integer() < 0 || id.integer() > INT32_MAX)
      return fail(Error{Code::kBadJson, "an end token's id is not a whole number from 0 on"}
                      .in(file->name())
                      .of("eos_token_id")
                      .fix("Give one id or a list of ids."));
    ids.push_back(static_cast<std::int32_t>(id.integer()));
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return {};
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> Tokenizer::from_folder(const std::string& folder) {
  LAB_TRY(auto tokenizer_file, map_file(folder + "/tokenizer.json"));
  LAB_TRY(auto config_file, read_if_there(folder + "/tokenizer_config.json"));
  LAB_TRY(auto template_file, read_if_there(folder + "/chat_template.jinja"));
  LAB_TRY(auto json, parse_json(text_of(*tokenizer_file), tokenizer_file->name()));
  std::optional<Json> config;
  if (config_file) {
    LAB_TRY(config, parse_json(text_of(*config_file), config_file->name()));
  }
  auto parts = parts_from_json(json, config ? &*config : nullptr,
                               config_file ? config_file->name() : std::string_view());
  if (!parts)
    return fail(std::move(parts).error().in(tokenizer_file->name()).or_fix(kTakeTheOriginal));
  LAB_CHECK(add_stop_ids(folder, parts->end_of_generation));
  if (template_file) {
    // The file takes precedence over tokenizer_config.json, as in transformers.
    std::string_view text = text_of(*template_file);
    if (const auto bad = find_invalid_utf8(text); bad != text.npos)
      return fail(Error{Code::kBadText, "the chat template is not UTF-8"}
                      .in(template_file->name())
                      .at(static_cast<std::int64_t>(bad))
                      .fix("Save the file as UTF-8 text."));
    parts->chat_template = text;
  }
  return std::make_shared<const Tokenizer>(*std::move(parts));
}

}  // namespace lab
