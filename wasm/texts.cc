// Requests about texts: token ids, conversations, and what a corpus becomes.
#include <cmath>
#include <limits>

#include "data/chat_text.h"
#include "data/dataset.h"
#include "objects.h"
#include "text/chat_options.h"
#include "training_run.h"

namespace lab::wasm {

bool flag(const Json& request, std::string_view key) {
  const Json* value = request.find(key);
  return value != nullptr && value->is_bool() && value->boolean();
}

std::string text_or(const Json& request, std::string_view key, std::string_view otherwise) {
  const Json* value = request.find(key);
  return std::string(value != nullptr && value->is_string() ? std::string_view(value->string()) : otherwise);
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json ids_json(std::span<const std::int32_t> ids) {
  Json json = Json::Array{};
  for (const std::int32_t id : ids) json.array().push_back(id);
  return json;
}

Result<std::vector<std::int32_t>> ids_of(const Json* list, std::string_view key, std::int64_t vocab) {
  if (list == nullptr || !list->is_array()) return fail(Error{Code::kBadArgument, cat(key, " is not a list of token ids")}.of(key));
  std::vector<std::int32_t> ids;
  for (const Json& id : list->array()) {
    if (!id.is_integer() || id.integer() < 0) return fail(Error{Code::kBadArgument, "an id is not a whole number from 0 on"}.of(key));
    if (id.integer() >= vocab) return fail(Error{Code::kBadArgument, cat("there is no token ", id.integer(), "; the vocabulary has ", vocab)}.of(key));
    ids.push_back(static_cast<std::int32_t>(id.integer()));
  }
  return ids;
}

Result<std::shared_ptr<const OpenTokenizer>> tokenizer_of(const Json& request) {
  if (request.find("tokenizer") != nullptr) return objects().tokenizers.find(request, "tokenizer");
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  return tokenizer_of(*model);
}

Result<std::shared_ptr<const OpenTokenizer>> tokenizer_of(const OpenModel& model) {
  if (model.tokenizer) return model.tokenizer;
  Error error = *model.no_tokenizer;
  return fail(std::move(error).or_fix("Load the model with its tokenizer, or work with token ids."));
}

Result<ChatIds> chat_ids(const OpenTokenizer& text, const Json& messages, bool add_generation_prompt) {
  if (!text.chat)
    return fail(Error{Code::kUnsupported, "the model has no chat template"}.fix("Complete plain text with generate() instead."));
  ChatOptions options = chat_options(*text.tokenizer);
  options.add_generation_prompt = add_generation_prompt;
  LAB_TRY(Rendered rendered, text.chat->render(messages, options));
  ChatText chat{rendered.text, {}, {}};
  for (const TextRun& run : rendered.runs)
    if (run.from_user) chat.quoted.push_back({run.begin, run.end});
  LAB_TRY(Document document, encode_chat(text.tokenizer, chat));
  return ChatIds{std::move(rendered.text), std::move(document.ids)};
}

Result<Json> tokenize(const Json& request) {
  LAB_TRY(const auto text, tokenizer_of(request));
  if (const Json* messages = request.find("messages")) {
    LAB_TRY(const ChatIds chat, chat_ids(*text, *messages, flag(request, "add_generation_prompt")));
    return Json(Json::Object{}).set("ids", ids_json(chat.ids)).set("text", chat.text);
  }
  LAB_TRY(const std::string input, need_string(request, "text"));
  LAB_TRY(const auto ids, text->tokenizer->encode(input, {.parse_special = flag(request, "parse_special"), .add_special = flag(request, "add_special")}));
  return Json(Json::Object{}).set("ids", ids_json(ids));
}

Result<Json> detokenize(const Json& request) {
  LAB_TRY(const auto text, tokenizer_of(request));
  LAB_TRY(const auto ids, ids_of(request.find("ids"), "ids", std::numeric_limits<std::int32_t>::max()));
  return Json(Json::Object{}).set("text", text->tokenizer->decode(ids, flag(request, "skip_special")));
}

namespace {

/// Which tokens of the corpus are learnt, by training or by being judged, and which documents are held out.
struct Use { std::vector<std::uint8_t> learnt, held_out; };
Use use_of(const Dataset& dataset) {
  Use use;
  use.learnt.assign(dataset.documents.ids.size(), 0);
  use.held_out.assign(dataset.documents.extents.size(), 0);
  for (const Rows* rows : {&dataset.train, &dataset.validation})
    for (const Piece& piece : rows->pieces) {
      const auto loss = loss_of(dataset.documents, piece);
      if (rows == &dataset.validation) use.held_out[static_cast<std::size_t>(piece.document)] = 1;
      for (std::size_t i = 1; i < loss.size(); ++i) use.learnt[static_cast<std::size_t>(piece.begin) + i] = loss[i];
    }
  return use;
}

/// A document's text in spans that are learnt or only read; at most `most` tokens of it.
Json document_json(const std::shared_ptr<const Tokenizer>& tokenizer, const Dataset& dataset, const Use& use, std::size_t index, std::int64_t most) {
  const Documents::Extent& extent = dataset.documents.extents[index];
  const std::int64_t end = std::min(extent.end, extent.begin + most);
  Json spans = Json::Array{};
  StreamDecoder decoder(tokenizer, false);
  std::string text;
  for (std::int64_t at = extent.begin; at < end; ++at) {
    const bool trained = use.learnt[static_cast<std::size_t>(at)] != 0;
    text += decoder.push(dataset.documents.ids[static_cast<std::size_t>(at)]);
    if (at + 1 < end && (use.learnt[static_cast<std::size_t>(at + 1)] != 0) == trained) continue;
    if (at + 1 == end) text += decoder.flush();
    if (!text.empty()) spans.array().push_back(Json(Json::Object{}).set("text", std::exchange(text, {})).set("trained", trained));
  }
  Json out = Json::Object{};
  out.set("line", extent.line).set("tokens", extent.end - extent.begin).set("held_out", use.held_out[index] != 0);
  return out.set("cut", end < extent.end).set("spans", std::move(spans));
}

}  // namespace

Result<Json> corpus(const Json& request) {
  LAB_TRY(const auto text, tokenizer_of(request));
  const Json* given = request.find("settings");
  LAB_TRY(RunSettings settings, settings_of(given != nullptr ? *given : Json(Json::Object{})));
  if (request.find("model") != nullptr) {
    LAB_TRY(const auto model, objects().models.find(request, "model"));
    settings.context = std::min(settings.context, model->base.config.max_positions);
  }
  LAB_TRY(const Dataset dataset, dataset_of(*text, settings));
  LAB_TRY(const std::int64_t documents, need_integer(request, "documents"));
  LAB_TRY(const std::int64_t tokens, need_integer(request, "tokens"));
  const DatasetStats& stats = dataset.stats;
  Json out = Json::Object{}, shown = Json::Array{};
  const Use use = use_of(dataset);
  for (std::size_t i = 0; i < dataset.documents.extents.size() && static_cast<std::int64_t>(i) < documents; ++i)
    shown.array().push_back(document_json(text->tokenizer, dataset, use, i, tokens));
  out.set("samples", stats.samples).set("documents", static_cast<std::int64_t>(dataset.documents.extents.size())).set("tokens", stats.tokens);
  out.set("train_rows", dataset.train.count()).set("train_tokens", stats.train_tokens).set("train_loss_tokens", stats.train_loss_tokens);
  out.set("val_rows", dataset.validation.count()).set("val_tokens", stats.val_tokens).set("val_loss_tokens", stats.val_loss_tokens);
  return out.set("truncated", stats.cut.truncated).set("row_use", stats.row_use).set("context", settings.context).set("preview", std::move(shown));
}

}  // namespace lab::wasm
