#include <unordered_map>

#include "text/load/json_fields.h"
#include "text/load/model_json.h"

namespace lab {

namespace {

using Entries = std::vector<Vocabulary::Entry>;

// Unigram: a list of [piece, score], whose place is the id.
Status from_list(const Json& vocab, Entries& out) {
  if (!vocab.is_array()) return wrong_shape("vocab", "an array");
  out.reserve(vocab.array().size());
  for (const Json& item : vocab.array()) {
    if (!item.is_array() || item.array().size() != 2 || !item.array()[0].is_string())
      return wrong_shape("vocab", "a list of pieces with scores");
    out.push_back({.piece = item.array()[0].string(), .id = static_cast<std::int64_t>(out.size())});
  }
  return {};
}

Status from_map(const Json& vocab, Entries& out) {
  if (!vocab.is_object()) return wrong_shape("vocab", "an object");
  out.reserve(vocab.object().size());
  for (const auto& [piece, id] : vocab.object()) {
    if (!id.is_integer())
      return fail(
          Error{Code::kBadJson, cat("the id of the piece \"", piece, "\" is not an integer")}.of(
              "vocab"));
    out.push_back({.piece = piece, .id = id.integer()});
  }
  return {};
}

}  // namespace

Result<std::vector<AddedTokenJson>> added_tokens_from_json(const Json& tokenizer) {
  std::vector<AddedTokenJson> tokens;
  const Json* list = present(tokenizer, "added_tokens");
  if (!list) return tokens;
  if (!list->is_array()) return wrong_shape("added_tokens", "an array");
  for (const Json& item : list->array()) {
    AddedTokenJson token;
    LAB_TRY(token.content, need_string(item, "content"));
    LAB_TRY(token.id, need_integer(item, "id"));
    LAB_TRY(token.special, need_boolean(item, "special"));
    LAB_TRY(token.normalized, boolean_or(item, "normalized", !token.special));
    LAB_TRY(token.single_word, boolean_or(item, "single_word", false));
    LAB_TRY(token.lstrip, boolean_or(item, "lstrip", false));
    LAB_TRY(token.rstrip, boolean_or(item, "rstrip", false));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Result<std::string> model_type(const Json& model) {
  if (!model.is_object()) return wrong_shape("model", "an object");
  LAB_TRY(auto type, optional_string(model, "type"));
  if (type) return *type;
  if (model.find("merges")) return "BPE";
  if (model.find("max_input_chars_per_word")) return "WordPiece";
  if (model.find("unk_id")) return "Unigram";
  return wrong_shape("type", "a string");
}

Result<Vocabulary> vocabulary_from_json(const Json& model, std::string_view type,
                                        const std::vector<AddedTokenJson>& added) {
  const Json* vocab = model.find("vocab");
  if (!vocab) return fail(Error{Code::kBadJson, "the model has no \"vocab\""}.of("vocab"));
  Entries entries;
  LAB_CHECK(type == "Unigram" ? from_list(*vocab, entries) : from_map(*vocab, entries));

  std::unordered_map<std::string_view, std::size_t> index;
  entries.reserve(entries.size() + added.size());  // keeps the views into entries valid
  for (std::size_t i = 0; i < entries.size(); ++i) index.emplace(entries[i].piece, i);
  for (const AddedTokenJson& token : added) {
    auto found = index.find(token.content);
    if (found == index.end() || token.content.empty()) {
      entries.push_back({token.content, token.id, token.special, true});
      index.emplace(entries.back().piece, entries.size() - 1);
      continue;
    }
    Vocabulary::Entry& entry = entries[found->second];
    if (entry.id != token.id)
      return fail(Error{Code::kCorrupt, cat("the added token \"", token.content, "\" has id ",
                                            token.id, ", but the vocabulary gives it ", entry.id)}
                      .of("added_tokens"));
    entry.special = entry.special || token.special;
  }
  auto vocabulary = Vocabulary::make(std::move(entries));
  if (!vocabulary) return fail(std::move(vocabulary).error().or_of("vocab"));
  return vocabulary;
}

}  // namespace lab
