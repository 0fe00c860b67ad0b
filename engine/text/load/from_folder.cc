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
  auto parts = parts_from_json(json, config ? &*config : nullptr);
  if (!parts) return fail(std::move(parts).error().in(tokenizer_file->name()));
  if (template_file) {
    // The file takes precedence over tokenizer_config.json, as in transformers.
    std::string_view text = text_of(*template_file);
    if (!is_utf8(text))
      return fail(
          Error{Code::kBadText, "the chat template is not UTF-8"}.in(template_file->name()));
    parts->chat_template = text;
  }
  return std::make_shared<const Tokenizer>(*std::move(parts));
}

}  // namespace lab
