#include "text/load/config_json.h"

#include "text/load/json_fields.h"

namespace lab {

namespace {

// "<s>" or {"content": "<s>", ...} or null.
Result<std::optional<std::int32_t>> token(const Json& config, std::string_view key,
                                          const Vocabulary& vocabulary) {
  const Json* member = present(config, key);
  if (member && member->is_object()) member = member->find("content");
  if (!member) return std::nullopt;
  if (!member->is_string()) return wrong_shape(key, "a token");
  auto id = vocabulary.find(member->string());
  if (!id)
    return fail(Error{Code::kCorrupt,
                      cat("\"", key, "\" is \"", member->string(),
                          "\", which the vocabulary lacks")}
                    .of(key));
  return id;
}

// A string, or a list of {"name": ..., "template": ...}, of which "default" is taken, else the
// first.
Result<std::optional<std::string>> chat_template(const Json& config) {
  const Json* member = present(config, "chat_template");
  if (!member) return std::nullopt;
  if (member->is_string()) return member->string();
  if (!member->is_array()) return wrong_shape("chat_template", "a string or a list");
  std::optional<std::string> chosen;
  for (const Json& item : member->array()) {
    LAB_TRY(auto name, need_string(item, "name"));
    LAB_TRY(auto text, need_string(item, "template"));
    if (!chosen || name == "default") chosen = std::move(text);
  }
  return chosen;
}

}  // namespace

Status apply_config_json(const Json& config, TokenizerParts& parts) {
  LAB_TRY(parts.bos, token(config, "bos_token", *parts.vocabulary));
  LAB_TRY(parts.eos, token(config, "eos_token", *parts.vocabulary));
  LAB_TRY(parts.pad, token(config, "pad_token", *parts.vocabulary));
  LAB_TRY(auto unknown, token(config, "unk_token", *parts.vocabulary));
  if (!parts.unknown) parts.unknown = unknown;
  LAB_TRY(parts.chat_template, chat_template(config));
  return {};
}

}  // namespace lab
