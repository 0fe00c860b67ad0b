#include "text/load/config_json.h"
#include "text/load/json_fields.h"
#include "text/load/model_json.h"
#include "text/load/parts_json.h"
#include "text/load/stages_json.h"
#include "text/tokenizer.h"
#include "text/tokenizer_parts.h"

namespace lab {

namespace {

// Sorts the added tokens into those that are looked for before and after normalization.
Status place_added_tokens(const std::vector<AddedTokenJson>& added, TokenizerParts& parts) {
  std::vector<AddedToken> raw, normalized;
  for (const AddedTokenJson& token : added) {
    if (token.content.empty()) continue;
    AddedToken entry{.content = token.content,
                     .id = static_cast<std::int32_t>(token.id),
                     .special = token.special,
                     .single_word = token.single_word,
                     .strips_left = token.lstrip,
                     .strips_right = token.rstrip};
    if (!token.normalized) {
      raw.push_back(std::move(entry));
      continue;
    }
    if (parts.normalizer) {
      LAB_TRY(entry.content, parts.normalizer->apply(token.content));
      if (entry.content != token.content) parts.decoded_as[entry.id] = entry.content;
    }
    normalized.push_back(std::move(entry));
  }
  parts.raw_tokens = AddedTokens(std::move(raw));
  parts.normalized_tokens = AddedTokens(std::move(normalized));
  return {};
}

}  // namespace

Result<TokenizerParts> parts_from_json(const Json& json, const Json* config,
                                       std::string_view config_name) {
  LAB_TRY(auto version, need_string(json, "version"));
  if (version != "1.0")
    return fail(Error{Code::kUnsupported, cat("the tokenizer is of version \"", version,
                                              "\"; LoRA Lab knows \"1.0\"")}
                    .of("version"));
  const Json* model = json.find("model");
  if (!model) return fail(Error{Code::kBadJson, "the tokenizer has no \"model\""}.of("model"));
  LAB_TRY(auto type, model_type(*model));
  if (type != "BPE" && type != "Unigram" && type != "WordPiece")
    return unknown_stage("model", type);

  TokenizerParts parts;
  LAB_TRY(auto added, added_tokens_from_json(json));
  LAB_TRY(auto vocabulary, vocabulary_from_json(*model, type, added));
  parts.vocabulary = std::make_shared<const Vocabulary>(std::move(vocabulary));
  LAB_TRY(parts.model, model_from_json(*model, type, parts.vocabulary));
  parts.unknown = parts.model->unknown_id();

  if (const Json* normalizer = present(json, "normalizer")) {
    LAB_TRY(parts.normalizer, normalizer_from_json(*normalizer));
  }
  LAB_CHECK(place_added_tokens(added, parts));
  if (const Json* pre_tokenizer = present(json, "pre_tokenizer"))
    LAB_CHECK(pre_tokenizers_from_json(*pre_tokenizer, parts.pre_tokenizers));
  if (const Json* processor = present(json, "post_processor"))
    LAB_CHECK(post_processor_from_json(*processor, *parts.vocabulary, parts.prefix, parts.suffix));
  if (const Json* decoder = present(json, "decoder")) {
    LAB_CHECK(decoders_from_json(*decoder, parts.decoders));
  } else {
    parts.decoders.push_back(join_with_blanks());
  }
  if (config)
    if (auto status = apply_config_json(*config, parts); !status)
      return fail(std::move(status).error().in(config_name));
  find_end_of_generation(parts);
  return parts;
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::from_json(const Json& tokenizer_json,
                                                              const Json* tokenizer_config,
                                                              std::string_view source_name) {
  auto parts = parts_from_json(tokenizer_json, tokenizer_config, "tokenizer_config.json");
  if (!parts) return fail(std::move(parts).error().in(source_name).or_fix(kTakeTheOriginal));
  return std::make_shared<const Tokenizer>(*std::move(parts));
}

}  // namespace lab
