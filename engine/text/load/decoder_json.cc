#include "text/load/json_fields.h"
#include "text/load/stages_json.h"

namespace lab {

namespace {

constexpr std::string_view kKind = "decoder";

Result<DecoderPtr> replace_from(const Json& json) {
  const Json* pattern = json.find("pattern");
  const Json* text = pattern ? pattern->find("String") : nullptr;
  if (!text || !text->is_string())
    return fail(Error{Code::kUnsupported,
                      "LoRA Lab knows the decoder \"Replace\" only with a \"String\" pattern"}
                    .of("pattern"));
  LAB_TRY(auto content, need_string(json, "content"));
  return replace_in_pieces(text->string(), std::move(content));
}

Result<DecoderPtr> strip_from(const Json& json, bool fused) {
  LAB_TRY(char32_t content, need_character(json, "content"));
  LAB_TRY(std::int64_t start, need_integer(json, "start"));
  LAB_TRY(std::int64_t stop, need_integer(json, "stop"));
  if (start < 0 || stop < 0) return wrong_shape("start", "a count");
  auto start_count = static_cast<std::size_t>(start);
  if (fused && stop == 0) return strip_text_start(content, start_count);
  return strip_pieces(content, start_count, static_cast<std::size_t>(stop));
}

Result<DecoderPtr> metaspace_from(const Json& json) {
  LAB_TRY(char32_t replacement, need_character(json, "replacement"));
  LAB_TRY(bool adds, boolean_or(json, "add_prefix_space", true));
  LAB_TRY(auto scheme, optional_string(json, "prepend_scheme"));
  return decode_metaspace(replacement, adds && scheme != "never");
}

Result<DecoderPtr> word_pieces_from(const Json& json) {
  LAB_TRY(auto prefix, need_string(json, "prefix"));
  LAB_TRY(bool cleanup, need_boolean(json, "cleanup"));
  return decode_word_pieces(std::move(prefix), cleanup);
}

Result<DecoderPtr> one(const Json& json, bool fused) {
  LAB_TRY(auto type, stage_type(json, kKind));
  if (type == "ByteLevel") return decode_byte_letters();
  if (type == "ByteFallback") return decode_byte_pieces();
  if (type == "Metaspace") return metaspace_from(json);
  if (type == "WordPiece") return word_pieces_from(json);
  if (type == "Replace") return replace_from(json);
  if (type == "Strip") return strip_from(json, fused);
  if (type == "BPEDecoder") {
    LAB_TRY(auto suffix, need_string(json, "suffix"));
    return decode_word_suffix(std::move(suffix));
  }
  return unknown_stage(kKind, type);
}

Status flatten(const Json& json, std::vector<const Json*>& out) {
  LAB_TRY(auto type, stage_type(json, kKind));
  if (type != "Sequence") {
    out.push_back(&json);
    return {};
  }
  LAB_TRY(auto array, need_array(json, "decoders"));
  for (const Json& item : *array) LAB_CHECK(flatten(item, out));
  return {};
}

// Can this stage work bit by bit on a text that was fused into one piece?
bool streams_when_fused(const Json& stage) {
  const Json* type = stage.find("type");
  const Json* stop = stage.find("stop");
  return type->string() == "Strip" && stop && stop->is_integer() && stop->integer() == 0;
}

}  // namespace

Status decoders_from_json(const Json& json, std::vector<DecoderPtr>& out) {
  std::vector<const Json*> stages;
  LAB_CHECK(flatten(json, stages));
  bool fused = false;  // is what comes in one piece, handed over bit by bit?
  for (const Json* stage : stages) {
    if (stage->find("type")->string() == "Fuse") {
      fused = true;
      continue;
    }
    // A stage that needs its whole piece at once waits for the end of the text.
    if (fused && !streams_when_fused(*stage)) {
      out.push_back(fuse());
      fused = false;
    }
    LAB_TRY(auto decoder, one(*stage, fused));
    fused = fused || decoder->fuses();
    out.push_back(std::move(decoder));
  }
  return {};
}

}  // namespace lab
