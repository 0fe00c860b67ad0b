#include <array>
#include <utility>

#include "text/load/json_fields.h"
#include "text/load/stages_json.h"

namespace lab {

namespace {

constexpr std::string_view kKind = "pre_tokenizer";

Result<Delimiter> behavior_of(const Json& json) {
  LAB_TRY(auto name, need_string(json, "behavior"));
  static constexpr std::array<std::pair<std::string_view, Delimiter>, 5> kNames = {{
      {"Removed", Delimiter::kRemoved},
      {"Isolated", Delimiter::kIsolated},
      {"MergedWithPrevious", Delimiter::kMergedWithPrevious},
      {"MergedWithNext", Delimiter::kMergedWithNext},
      {"Contiguous", Delimiter::kContiguous},
  }};
  for (auto [known, behavior] : kNames)
    if (name == known) return behavior;
  return fail(Error{Code::kUnsupported, cat("LoRA Lab does not know the behavior \"", name, "\"")}
                  .of("behavior"));
}

Result<PreTokenizerPtr> metaspace_from(const Json& json) {
  LAB_TRY(char32_t replacement, need_character(json, "replacement"));
  LAB_TRY(bool split, boolean_or(json, "split", true));
  LAB_TRY(bool adds, boolean_or(json, "add_prefix_space", true));
  LAB_TRY(auto scheme, optional_string(json, "prepend_scheme"));
  Prepend prepend = adds ? Prepend::kAlways : Prepend::kNever;
  if (scheme == "first") {
    prepend = Prepend::kFirst;
  } else if (scheme == "never") {
    prepend = Prepend::kNever;
  } else if (scheme == "always") {
    prepend = Prepend::kAlways;
  } else if (scheme) {
    return wrong_shape("prepend_scheme", "\"first\", \"never\" or \"always\"");
  }
  if (!adds && prepend != Prepend::kNever)
    return fail(Error{Code::kCorrupt, "\"add_prefix_space\" contradicts \"prepend_scheme\""}
                    .of("prepend_scheme"));
  return metaspace(replacement, prepend, split);
}

Result<PreTokenizerPtr> byte_level_from(const Json& json) {
  LAB_TRY(bool space, need_boolean(json, "add_prefix_space"));
  LAB_TRY(bool regex, boolean_or(json, "use_regex", true));
  return byte_level(space, regex);
}

Result<PreTokenizerPtr> split_from(const Json& json) {
  LAB_TRY(auto pattern, pattern_from_json(json));
  LAB_TRY(auto behavior, behavior_of(json));
  LAB_TRY(bool invert, need_boolean(json, "invert"));
  return split_at(std::move(pattern), behavior, invert);
}

Result<PreTokenizerPtr> punctuation_from(const Json& json) {
  Delimiter behavior = Delimiter::kIsolated;
  if (json.find("behavior")) {
    LAB_TRY(behavior, behavior_of(json));
  }
  return split_at_punctuation(behavior);
}

Result<PreTokenizerPtr> one(const Json& json, std::string_view type) {
  if (type == "ByteLevel") return byte_level_from(json);
  if (type == "Split") return split_from(json);
  if (type == "Metaspace") return metaspace_from(json);
  if (type == "Punctuation") return punctuation_from(json);
  if (type == "Whitespace") return words_and_symbols();
  if (type == "WhitespaceSplit") return split_at_white_space();
  if (type == "Digits") {
    LAB_TRY(bool one_by_one, need_boolean(json, "individual_digits"));
    return split_at_numbers(one_by_one);
  }
  if (type == "CharDelimiterSplit") {
    LAB_TRY(char32_t delimiter, need_character(json, "delimiter"));
    return split_at_character(delimiter);
  }
  if (type == "FixedLength") {
    LAB_TRY(std::int64_t length, need_integer(json, "length"));
    if (length <= 0) return wrong_shape("length", "a positive number");
    return fixed_length(static_cast<std::size_t>(length));
  }
  return unknown_stage(kKind, type);
}

}  // namespace

Status pre_tokenizers_from_json(const Json& json, std::vector<PreTokenizerPtr>& out) {
  LAB_TRY(auto type, stage_type(json, kKind));
  if (type == "Sequence") {
    LAB_TRY(auto array, need_array(json, "pretokenizers"));
    for (const Json& item : *array) LAB_CHECK(pre_tokenizers_from_json(item, out));
    return {};
  }
  if (type == "BertPreTokenizer") {
    out.push_back(split_at_white_space());
    out.push_back(split_at_punctuation(Delimiter::kIsolated));
    return {};
  }
  LAB_TRY(auto stage, one(json, type));
  out.push_back(std::move(stage));
  return {};
}

}  // namespace lab
