#include "text/save/gguf_tokenizer.h"

#include "base/cat.h"
#include "base/mapped_file.h"
#include "base/paths.h"
#include "file/json.h"
#include "text/load/gguf_patterns.h"
#include "text/load/gguf_tables.h"
#include "text/load/json_fields.h"
#include "text/load/model_json.h"
#include "text/tokenizer_parts.h"

namespace lab {
namespace {

/// The stages of a pre-tokenizer one after another, sequences taken apart.
Status flatten(const Json& stage, std::vector<const Json*>& stages) {
  LAB_TRY(const std::string type, stage_type(stage, "pre_tokenizer"));
  if (type != "Sequence") {
    stages.push_back(&stage);
    return {};
  }
  LAB_TRY(const Json::Array* inner, need_array(stage, "pretokenizers"));
  for (const Json& one : *inner) LAB_CHECK(flatten(one, stages));
  return {};
}

/// How tokenizer.json splits a text, in the terms in which GGUF files name it. The patterns lie in `json`.
Result<GgufPre> splitting(const Json& json) {
  const Json* first = present(json, "pre_tokenizer");
  if (first == nullptr) return gguf_cannot_say("a tokenizer that does not split a text", "pre_tokenizer");
  std::vector<const Json*> stages;
  LAB_CHECK(flatten(*first, stages));
  GgufPre pre;
  bool bytes = false;
  for (const Json* stage : stages) {
    LAB_TRY(const std::string type, stage_type(*stage, "pre_tokenizer"));
    if (bytes) return gguf_cannot_say("that a text is split after its bytes became letters", "pre_tokenizer");
    if (type == "ByteLevel") {
      LAB_TRY(const bool space, boolean_or(*stage, "add_prefix_space", true));
      if (space) return gguf_cannot_say("that a blank is put before a text", "pre_tokenizer");
      LAB_TRY(pre.gpt2, boolean_or(*stage, "use_regex", true));
      bytes = true;
    } else if (type == "Digits" && stage == stages.front()) {
      LAB_TRY(pre.one_by_one, boolean_or(*stage, "individual_digits", false));
      if (!pre.one_by_one) return gguf_cannot_say("that numbers are pieces", "pre_tokenizer");
    } else if (type == "Split") {
      const Json *pattern = stage->find("pattern"), *behavior = stage->find("behavior");
      const Json* regex = pattern == nullptr ? nullptr : pattern->find("Regex");
      LAB_TRY(const bool invert, boolean_or(*stage, "invert", false));
      if (regex == nullptr || !regex->is_string() || invert || behavior == nullptr || !behavior->is_string() || behavior->string() != "Isolated")
        return gguf_cannot_say("this way to split a text", "pre_tokenizer");
      pre.patterns.push_back(regex->string());
    } else {
      return gguf_cannot_say(cat("the pre-tokenizer \"", type, "\""), "pre_tokenizer");
    }
  }
  if (!bytes) return gguf_cannot_say("a tokenizer that does not work on bytes", "pre_tokenizer");
  return pre;
}

/// The merges as lines of two pieces.
Status add_merges(const Json& model, GgufTokenizer& out) {
  LAB_TRY(const Json::Array* merges, need_array(model, "merges"));
  std::vector<std::string_view> lines;
  for (const Json& merge : *merges) {
    // The tokenizer was read already, so each is a line or two pieces.
    if (merge.is_string()) out.texts.push_back(merge.string());
    else out.texts.push_back(cat(merge.array()[0].string(), " ", merge.array()[1].string()));
    lines.push_back(out.texts.back());
  }
  out.metadata.emplace_back("tokenizer.ggml.merges", gguf_strings(std::move(lines)));
  return {};
}

void add_pieces(std::int64_t vocab, GgufTokenizer& out) {
  const Tokenizer& tokenizer = *out.tokenizer;
  std::vector<std::string_view> pieces;
  std::vector<std::int64_t> types;
  for (std::int32_t id = 0; id < vocab; ++id) {
    std::string_view piece = tokenizer.token_text(id);
    TokenType type = TokenType::kNormal;
    if (piece.empty()) {
      piece = out.texts.emplace_back(cat("[PAD", id, "]"));
      type = TokenType::kUnused;
    } else if (tokenizer.is_special(id)) {
      type = TokenType::kControl;
    } else if (tokenizer.parts().vocabulary->is_added(id)) {
      type = TokenType::kUserDefined;
    }
    pieces.push_back(piece);
    types.push_back(static_cast<std::int64_t>(type));
  }
  out.metadata.emplace_back("tokenizer.ggml.tokens", gguf_strings(std::move(pieces)));
  out.metadata.emplace_back("tokenizer.ggml.token_type", GgufValue{GgufType::kArray, GgufArray{GgufType::kI32, std::move(types)}});
}

void add_roles(GgufTokenizer& out) {
  const Tokenizer& tokenizer = *out.tokenizer;
  auto role = [&](std::string_view key, std::optional<std::int32_t> id) {
    if (id) out.metadata.emplace_back(cat("tokenizer.ggml.", key), gguf_u32(static_cast<std::uint32_t>(*id)));
  };
  role("bos_token_id", tokenizer.bos_id());
  role("eos_token_id", tokenizer.eos_id());
  role("padding_token_id", tokenizer.pad_id());
  for (const std::int32_t id : tokenizer.end_of_generation_ids())
    if (id != tokenizer.eos_id()) {
      role("eot_token_id", id);  // there is room for one
      break;
    }
  out.metadata.emplace_back("tokenizer.ggml.add_bos_token", gguf_bool(tokenizer.add_bos()));
  out.metadata.emplace_back("tokenizer.ggml.add_eos_token", gguf_bool(tokenizer.add_eos()));
  if (tokenizer.chat_template()) out.metadata.emplace_back("tokenizer.chat_template", gguf_string(*tokenizer.chat_template()));
}

}  // namespace

Result<GgufTokenizer> gguf_tokenizer(const std::string& folder, std::int64_t vocab) {
  GgufTokenizer out;
  const std::string path = folder + "/tokenizer.json";
  if (!path_exists(path)) {
    out.metadata.emplace_back("tokenizer.ggml.model", gguf_string("no_vocab"));
    return out;
  }
  LAB_TRY(out.tokenizer, Tokenizer::from_folder(folder));
  LAB_TRY(const auto file, map_file(path));
  LAB_TRY(const Json json, parse_json({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()}, path));
  const Json& model = *json.find("model");
  if (const Json* normalizer = present(json, "normalizer")) {
    // llama.cpp's converter leaves the composition of characters out, too.
    LAB_TRY(const std::string type, stage_type(*normalizer, "normalizer"));
    if (type != "NFC") return gguf_cannot_say(cat("the normalizer \"", type, "\""), "normalizer");
  }
  LAB_TRY(const std::string kind, model_type(model));
  if (kind != "BPE") return gguf_cannot_say(cat("a tokenizer of the kind \"", kind, "\""), "model");
  LAB_TRY(GgufPre pre, splitting(json));
  LAB_TRY(pre.ignore_merges, boolean_or(model, "ignore_merges", false));
  const auto name = gguf_pre_name(pre);
  if (!name) return gguf_cannot_say("how this tokenizer splits a text: no name is given to its patterns", "pre_tokenizer");
  out.metadata.emplace_back("tokenizer.ggml.model", gguf_string("gpt2"));
  out.metadata.emplace_back("tokenizer.ggml.pre", gguf_string(*name));
  add_pieces(vocab, out);
  LAB_CHECK(add_merges(model, out));
  add_roles(out);
  return out;
}

}  // namespace lab
