#include "text/save/tokenizer_files.h"

#include <algorithm>

#include "text/load/gguf_patterns.h"
#include "text/load/gguf_tables.h"
#include "text/save/merges_of_scores.h"
#include "text/tokenizer.h"

namespace lab {
namespace {

Json typed(std::string_view type) { return Json(Json::Object{}).set("type", type); }

Json sequence(std::string_view of, Json::Array steps) {
  return typed("Sequence").set(of, std::move(steps));
}

Json added_tokens(const Tokenizer& tokenizer, const GgufTokens& tokens) {
  Json::Array added;
  for (std::int32_t id = 0; id < tokenizer.vocab_size(); ++id) {
    const bool special = tokenizer.is_special(id);
    if (!special && tokens.types[static_cast<std::size_t>(id)] != TokenType::kUserDefined) continue;
    Json token = Json::Object{};
    token.set("id", id).set("content", tokenizer.token_text(id)).set("single_word", false).set("lstrip", false);
    added.push_back(token.set("rstrip", false).set("normalized", false).set("special", special));
  }
  return added;
}

Json vocabulary(const Tokenizer& tokenizer) {
  Json::Object pieces;
  pieces.reserve(static_cast<std::size_t>(tokenizer.vocab_size()));
  for (std::int32_t id = 0; id < tokenizer.vocab_size(); ++id)
    pieces.emplace_back(tokenizer.token_text(id), Json(id));
  return pieces;
}

template <class Pairs>
Json merges(const Pairs& pairs) {
  Json::Array list;
  for (const auto& [left, right] : pairs) list.push_back(Json::Array{Json(left), Json(right)});
  return list;
}

Json bpe(const Tokenizer& tokenizer, Json unknown, bool bytes, bool ignore_merges, Json pairs) {
  Json model = typed("BPE");
  model.set("dropout", nullptr).set("unk_token", std::move(unknown)).set("continuing_subword_prefix", nullptr);
  model.set("end_of_word_suffix", nullptr).set("fuse_unk", false).set("byte_fallback", bytes).set("ignore_merges", ignore_merges);
  return model.set("vocab", vocabulary(tokenizer)).set("merges", std::move(pairs));
}

Json byte_level(bool split) {
  return typed("ByteLevel").set("add_prefix_space", false).set("trim_offsets", true).set("use_regex", split);
}

Json replace(std::string_view what, std::string_view by) {
  return typed("Replace").set("pattern", Json(Json::Object{}).set("String", what)).set("content", by);
}

/// GPT-2's kind: byte-level BPE.
Status byte_level_bpe(const Gguf& file, const Tokenizer& tokenizer, Json& json) {
  LAB_TRY(const auto pre_name, file.string("tokenizer.ggml.pre"));
  LAB_TRY(const GgufPre pre, gguf_pre_tokenizer(*pre_name));
  LAB_TRY(const auto pairs, gguf_merges(file));
  Json::Array steps;
  if (pre.one_by_one) steps.push_back(typed("Digits").set("individual_digits", true));
  for (const std::string_view pattern : pre.patterns)
    steps.push_back(typed("Split").set("pattern", Json(Json::Object{}).set("Regex", pattern)).set("behavior", "Isolated").set("invert", false));
  steps.push_back(byte_level(pre.gpt2));
  json.set("normalizer", nullptr).set("pre_tokenizer", sequence("pretokenizers", std::move(steps)));
  json.set("decoder", byte_level(true)).set("model", bpe(tokenizer, nullptr, false, pre.ignore_merges, merges(pairs)));
  return {};
}

/// Llama's kind: SentencePiece's BPE, whose scores become the order of merges.
Status sentence_piece(const Gguf& file, const Tokenizer& tokenizer, const GgufTokens& tokens, Json& json) {
  LAB_TRY(const auto scores, gguf_scores(file, tokens.pieces.size()));
  LAB_TRY(const auto prefix, file.boolean("tokenizer.ggml.add_space_prefix"));
  Json::Array normal, decode = {replace("▁", " "), typed("ByteFallback"), typed("Fuse")};
  if (prefix.value_or(true)) {
    normal.push_back(typed("Prepend").set("prepend", "▁"));
    decode.push_back(typed("Strip").set("content", " ").set("start", 1).set("stop", 0));
  }
  normal.push_back(replace(" ", "▁"));
  const auto unknown = tokenizer.unk_id();
  json.set("normalizer", sequence("normalizers", std::move(normal))).set("pre_tokenizer", nullptr);
  json.set("decoder", sequence("decoders", std::move(decode)));
  json.set("model", bpe(tokenizer, unknown ? Json(tokenizer.token_text(*unknown)) : Json(nullptr), true, false,
                        merges(merges_of_scores(tokens, *scores))));
  return {};
}

/// What stands around a text where special tokens are asked for.
Json post_processor(const Tokenizer& tokenizer) {
  Json::Array single, pair;
  Json::Object named;
  auto put = [&](std::span<const std::int32_t> ids, int type, Json::Array& out) {
    for (const std::int32_t id : ids)
      out.push_back(Json(Json::Object{}).set("SpecialToken", Json(Json::Object{}).set("id", tokenizer.token_text(id)).set("type_id", type)));
  };
  auto text = [&](std::string_view name, int type, Json::Array& out) {
    put(tokenizer.prefix_ids(), type, out);
    out.push_back(Json(Json::Object{}).set("Sequence", Json(Json::Object{}).set("id", name).set("type_id", type)));
    put(tokenizer.suffix_ids(), type, out);
  };
  text("A", 0, single);
  text("A", 0, pair);
  text("B", 1, pair);
  for (const auto ids : {tokenizer.prefix_ids(), tokenizer.suffix_ids()})
    for (const std::int32_t id : ids) {
      const std::string piece(tokenizer.token_text(id));
      if (std::ranges::any_of(named, [&](const auto& entry) { return entry.first == piece; })) continue;
      Json token = Json::Object{};
      named.emplace_back(piece, token.set("id", piece).set("ids", Json::Array{Json(id)}).set("tokens", Json::Array{Json(piece)}));
    }
  return typed("TemplateProcessing").set("single", std::move(single)).set("pair", std::move(pair)).set("special_tokens", std::move(named));
}

Json config_of(const Tokenizer& tokenizer) {
  Json config = Json::Object{};
  config.set("tokenizer_class", "PreTrainedTokenizerFast").set("clean_up_tokenization_spaces", false);
  struct Role { const char* name; std::optional<std::int32_t> id; };
  for (const auto& [name, id] : {Role{"bos_token", tokenizer.bos_id()}, Role{"eos_token", tokenizer.eos_id()},
                                 Role{"unk_token", tokenizer.unk_id()}, Role{"pad_token", tokenizer.pad_id()}})
    if (id) config.set(name, tokenizer.token_text(*id));
  if (tokenizer.chat_template()) config.set("chat_template", *tokenizer.chat_template());
  return config;
}

}  // namespace

Result<TokenizerFiles> tokenizer_files(const Gguf& file) {
  LAB_TRY(const auto tokenizer, Tokenizer::from_gguf(file));
  LAB_TRY(const GgufTokens tokens, gguf_tokens(file));
  Json json = Json::Object{};
  json.set("version", "1.0").set("truncation", nullptr).set("padding", nullptr).set("added_tokens", added_tokens(*tokenizer, tokens));
  LAB_TRY(const auto kind, file.string("tokenizer.ggml.model"));
  LAB_CHECK(*kind == "gpt2" ? byte_level_bpe(file, *tokenizer, json) : sentence_piece(file, *tokenizer, tokens, json));
  json.set("post_processor", tokenizer->prefix_ids().empty() && tokenizer->suffix_ids().empty() ? Json(nullptr) : post_processor(*tokenizer));
  return TokenizerFiles{std::move(json), config_of(*tokenizer)};
}

}  // namespace lab
