#include "text/load/json_fields.h"
#include "text/load/stages_json.h"

namespace lab {

namespace {

constexpr std::string_view kKind = "normalizer";

Result<NormalizerPtr> sequence(const Json& json) {
  LAB_TRY(auto array, need_array(json, "normalizers"));
  std::vector<NormalizerPtr> steps;
  for (const Json& item : *array) {
    LAB_TRY(auto step, normalizer_from_json(item));
    steps.push_back(std::move(step));
  }
  return in_sequence(std::move(steps));
}

Result<NormalizerPtr> bert(const Json& json) {
  BertOptions options;
  LAB_TRY(options.clean_text, need_boolean(json, "clean_text"));
  LAB_TRY(options.space_chinese, need_boolean(json, "handle_chinese_chars"));
  LAB_TRY(options.lower_case, need_boolean(json, "lowercase"));
  LAB_TRY(options.strip_accents, boolean_or(json, "strip_accents", options.lower_case));
  return bert_normalizer(options);
}

Result<NormalizerPtr> strip(const Json& json) {
  LAB_TRY(bool left, need_boolean(json, "strip_left"));
  LAB_TRY(bool right, need_boolean(json, "strip_right"));
  return strip_white_space(left, right);
}

Result<NormalizerPtr> replacing(const Json& json) {
  LAB_TRY(auto pattern, pattern_from_json(json));
  LAB_TRY(auto content, need_string(json, "content"));
  return replace(std::move(pattern), std::move(content));
}

Result<NormalizerPtr> prepending(const Json& json) {
  LAB_TRY(auto prefix, need_string(json, "prepend"));
  return prepend(std::move(prefix));
}

}  // namespace

Result<Regex> pattern_from_json(const Json& stage) {
  const Json* pattern = stage.find("pattern");
  if (!pattern || !pattern->is_object() || pattern->object().size() != 1)
    return wrong_shape("pattern", "an object with \"String\" or \"Regex\"");
  const auto& [key, value] = pattern->object()[0];
  if (!value.is_string()) return wrong_shape("pattern", "a string");
  if (key == "String") return Regex::literal(value.string());
  if (key == "Regex") {
    auto regex = Regex::compile(value.string());
    if (!regex) return fail(std::move(regex).error().or_of("pattern"));
    return regex;
  }
  return wrong_shape("pattern", "an object with \"String\" or \"Regex\"");
}

Result<NormalizerPtr> normalizer_from_json(const Json& json) {
  LAB_TRY(auto type, stage_type(json, kKind));
  if (type == "Sequence") return sequence(json);
  if (type == "NFC") return unicode_form(unicode::Form::kNfc);
  if (type == "NFD") return unicode_form(unicode::Form::kNfd);
  if (type == "NFKC") return unicode_form(unicode::Form::kNfkc);
  if (type == "NFKD") return unicode_form(unicode::Form::kNfkd);
  if (type == "Lowercase") return lower_case();
  if (type == "StripAccents") return strip_accents();
  if (type == "Nmt") return nmt_normalizer();
  if (type == "ByteLevel") return byte_letters_normalizer();
  if (type == "BertNormalizer" || type == "Bert") return bert(json);
  if (type == "Strip") return strip(json);
  if (type == "Replace") return replacing(json);
  if (type == "Prepend") return prepending(json);
  return unknown_stage(kKind, type);
}

}  // namespace lab
