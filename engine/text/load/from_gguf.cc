#include <algorithm>

#include "base/cat.h"
#include "text/load/gguf_patterns.h"
#include "text/load/gguf_tables.h"
#include "text/models/bpe.h"
#include "text/models/sentence_piece.h"
#include "text/tokenizer.h"
#include "text/tokenizer_parts.h"

namespace lab {

namespace {

constexpr char32_t kMetaspace = 0x2581;  // "▁", SentencePiece's blank

bool is_special(TokenType type) {
  return type == TokenType::kControl || type == TokenType::kUnknown;
}

Result<std::shared_ptr<const Vocabulary>> vocabulary_of(const GgufTokens& tokens) {
  std::vector<Vocabulary::Entry> entries;
  entries.reserve(tokens.pieces.size());
  for (std::size_t i = 0; i < tokens.pieces.size(); ++i)
    entries.push_back({.piece = std::string(tokens.pieces[i]),
                       .id = static_cast<std::int64_t>(i),
                       .special = is_special(tokens.types[i])});
  auto vocabulary = Vocabulary::make(std::move(entries));
  if (!vocabulary) return fail(std::move(vocabulary).error().of("tokenizer.ggml.tokens"));
  return std::make_shared<const Vocabulary>(*std::move(vocabulary));
}

AddedTokens added_tokens_of(const GgufTokens& tokens) {
  std::vector<AddedToken> added;
  for (std::size_t i = 0; i < tokens.pieces.size(); ++i) {
    if (!is_special(tokens.types[i]) && tokens.types[i] != TokenType::kUserDefined) continue;
    added.push_back({.content = std::string(tokens.pieces[i]),
                     .id = static_cast<std::int32_t>(i),
                     .special = is_special(tokens.types[i])});
  }
  return AddedTokens(std::move(added));
}

// Reads the ids of special tokens, and makes them control tokens in `tokens`.
Status read_roles(const Gguf& file, GgufTokens& tokens, TokenizerParts& parts) {
  const std::size_t count = tokens.pieces.size();
  LAB_TRY(parts.bos, gguf_token_id(file, "tokenizer.ggml.bos_token_id", count));
  LAB_TRY(parts.eos, gguf_token_id(file, "tokenizer.ggml.eos_token_id", count));
  LAB_TRY(parts.unknown, gguf_token_id(file, "tokenizer.ggml.unknown_token_id", count));
  LAB_TRY(parts.pad, gguf_token_id(file, "tokenizer.ggml.padding_token_id", count));
  for (std::string_view key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    LAB_TRY(auto id, gguf_token_id(file, key, count));
    if (id) parts.end_of_generation.push_back(*id);
  }
  for (std::string_view key : {"tokenizer.ggml.seperator_token_id", "tokenizer.ggml.mask_token_id"})
    LAB_CHECK(gguf_token_id(file, key, count));
  auto mark = [&](std::int32_t id) {
    TokenType& type = tokens.types[static_cast<std::size_t>(id)];
    if (type == TokenType::kNormal) type = TokenType::kControl;
  };
  for (auto id : {parts.bos, parts.eos, parts.pad})
    if (id) mark(*id);
  for (std::int32_t id : parts.end_of_generation) mark(id);
  return {};
}

// GPT-2's kind: byte-level BPE. Returns whether BOS is added by default.
Result<bool> byte_level_bpe(const Gguf& file, TokenizerParts& parts) {
  LAB_TRY(auto pre_name, file.string("tokenizer.ggml.pre"));
  if (!pre_name)
    return fail(Error{Code::kUnsupported,
                      "the file does not say how its tokenizer splits a text, so the tokens that "
                      "the model has learned are unknown"}
                    .of("tokenizer.ggml.pre")
                    .fix("Convert the model again, or use its Hugging Face folder."));
  LAB_TRY(const GgufPre pre, gguf_pre_tokenizer(*pre_name));
  LAB_TRY(parts.pre_tokenizers, pre_tokenizers_of(pre));
  parts.decoders.push_back(decode_byte_letters());
  LAB_TRY(auto merges, gguf_merges(file));
  LAB_TRY(parts.model,
          Bpe::make(parts.vocabulary, merges, {.ignore_merges = pre.ignore_merges}));
  return pre.add_bos;
}

// Llama's kind: SentencePiece's BPE.
Result<bool> sentence_piece(const Gguf& file, TokenizerParts& parts) {
  LAB_TRY(auto scores, gguf_scores(file, static_cast<std::size_t>(parts.vocabulary->size())));
  if (!scores)
    return fail(Error{Code::kNotFound, "the file has no scores, which its tokenizer needs"}
                    .of("tokenizer.ggml.scores"));
  parts.model = std::make_unique<SentencePiece>(parts.vocabulary, *std::move(scores),
                                                parts.unknown);
  LAB_TRY(auto prefix, file.boolean("tokenizer.ggml.add_space_prefix"));
  std::vector<NormalizerPtr> steps;
  if (prefix.value_or(true)) steps.push_back(prepend(" "));
  steps.push_back(replace(Regex::literal(" "), "▁"));
  parts.normalizer = in_sequence(std::move(steps));
  parts.decoders.push_back(decode_metaspace(kMetaspace, false));
  parts.decoders.push_back(decode_byte_pieces());
  if (prefix.value_or(true)) parts.decoders.push_back(strip_text_start(U' ', 1));
  return true;
}

Result<TokenizerParts> load(const Gguf& file) {
  LAB_TRY(auto kind, file.string("tokenizer.ggml.model"));
  if (!kind || *kind == "none" || *kind == "no_vocab")
    return fail(Error{Code::kNotFound, "the file has no tokenizer"}.of("tokenizer.ggml.model"));
  if (*kind != "gpt2" && *kind != "llama")
    return fail(Error{Code::kUnsupported, cat("LoRA Lab does not know tokenizers of kind \"", *kind,
                                              "\", only \"gpt2\" and \"llama\"")}
                    .of("tokenizer.ggml.model"));
  TokenizerParts parts;
  LAB_TRY(auto tokens, gguf_tokens(file));
  LAB_CHECK(read_roles(file, tokens, parts));
  LAB_TRY(parts.vocabulary, vocabulary_of(tokens));
  parts.raw_tokens = added_tokens_of(tokens);
  // Where the kind does not need them, tables that contradict the vocabulary are a mistake too.
  LAB_CHECK(gguf_scores(file, tokens.pieces.size()));
  LAB_TRY(bool default_bos,
          *kind == "gpt2" ? byte_level_bpe(file, parts) : sentence_piece(file, parts));

  LAB_TRY(auto add_bos, file.boolean("tokenizer.ggml.add_bos_token"));
  LAB_TRY(auto add_eos, file.boolean("tokenizer.ggml.add_eos_token"));
  if (add_bos.value_or(default_bos) && parts.bos) parts.prefix.push_back(*parts.bos);
  if (add_eos.value_or(false) && parts.eos) parts.suffix.push_back(*parts.eos);
  LAB_TRY(auto chat, file.string("tokenizer.chat_template"));
  if (chat) parts.chat_template = *chat;
  find_end_of_generation(parts);
  return parts;
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> Tokenizer::from_gguf(const Gguf& file) {
  auto parts = load(file);
  if (!parts)
    return fail(std::move(parts).error().in(file.name()).or_fix("Convert the model again."));
  return std::make_shared<const Tokenizer>(*std::move(parts));
}

}  // namespace lab
