#include "text/tokenizer.h"

#include <algorithm>
#include <ranges>

#include "file/utf8.h"
#include "text/tokenizer_parts.h"

namespace lab {

namespace {

// The last sink: cuts pieces into ids.
class ModelSink : public PieceSink {
 public:
  ModelSink(const TokenModel& model, std::vector<std::int32_t>& out) : model_(model), out_(out) {}
  Status take(std::string_view piece, bool) override {
    return piece.empty() ? Status() : model_.encode(piece, out_);
  }

 private:
  const TokenModel& model_;
  std::vector<std::int32_t>& out_;
};

// A pre-tokenizer and the sink that its pieces go to.
class StageSink : public PieceSink {
 public:
  StageSink(const PreTokenizer& stage, PieceSink& next) : stage_(stage), next_(next) {}
  Status take(std::string_view piece, bool first) override {
    return piece.empty() ? Status() : stage_.split(piece, first, next_);
  }

 private:
  const PreTokenizer& stage_;
  PieceSink& next_;
};

}  // namespace

Tokenizer::Tokenizer(TokenizerParts parts)
    : parts_(std::make_unique<const TokenizerParts>(std::move(parts))) {}
Tokenizer::~Tokenizer() = default;

Result<std::vector<std::int32_t>> Tokenizer::encode(std::string_view text,
                                                    EncodeOptions options) const {
  if (std::size_t at = find_invalid_utf8(text); at != std::string_view::npos)
    return fail(Error{Code::kBadText, "the text is not UTF-8"}
                    .at(static_cast<std::int64_t>(at))
                    .fix("Save it as UTF-8 and try again."));
  std::vector<std::int32_t> ids;
  if (options.add_special) ids = parts_->prefix;

  ModelSink model(*parts_->model, ids);
  PieceSink* entry = &model;
  std::vector<StageSink> stages;
  stages.reserve(parts_->pre_tokenizers.size());
  for (const auto& stage : parts_->pre_tokenizers | std::views::reverse)
    entry = &stages.emplace_back(*stage, *entry);

  for (const auto& part : parts_->raw_tokens.split(text, options.parse_special)) {
    if (part.token >= 0) {
      ids.push_back(part.token);
      continue;
    }
    const bool first = part.text.data() == text.data();
    std::string_view normalized = part.text;
    std::string storage;
    if (parts_->normalizer) {
      LAB_TRY(storage, parts_->normalizer->apply(std::string(part.text)));
      normalized = storage;
    }
    for (const auto& inner : parts_->normalized_tokens.split(normalized, options.parse_special)) {
      if (inner.token >= 0) {
        ids.push_back(inner.token);
      } else {
        LAB_CHECK(entry->take(inner.text, first && inner.text.data() == normalized.data()));
      }
    }
  }
  if (options.add_special) ids.insert(ids.end(), parts_->suffix.begin(), parts_->suffix.end());
  return ids;
}

namespace {

std::string push_id(const TokenizerParts& parts, Decoding& decoding, std::int32_t id,
                    bool skip_special) {
  const Vocabulary& vocabulary = *parts.vocabulary;
  if (!vocabulary.contains(id) || (skip_special && vocabulary.is_special(id))) return {};
  auto other = parts.decoded_as.find(id);
  return decoding.push(other != parts.decoded_as.end() ? other->second : vocabulary.piece(id));
}

}  // namespace

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special) const {
  Decoding decoding(parts_->decoders);
  std::string text;
  for (std::int32_t id : ids) text += push_id(*parts_, decoding, id, skip_special);
  return text + decoding.finish();
}

std::int64_t Tokenizer::vocab_size() const { return parts_->vocabulary->size(); }
std::string_view Tokenizer::token_text(std::int32_t id) const {
  return parts_->vocabulary->contains(id) ? parts_->vocabulary->piece(id) : std::string_view();
}
std::optional<std::int32_t> Tokenizer::id_of(std::string_view piece) const {
  return parts_->vocabulary->find(piece);
}
bool Tokenizer::is_special(std::int32_t id) const {
  return parts_->vocabulary->contains(id) && parts_->vocabulary->is_special(id);
}

std::optional<std::int32_t> Tokenizer::bos_id() const { return parts_->bos; }
std::optional<std::int32_t> Tokenizer::eos_id() const { return parts_->eos; }
std::optional<std::int32_t> Tokenizer::pad_id() const { return parts_->pad; }
std::optional<std::int32_t> Tokenizer::unk_id() const { return parts_->unknown; }
std::span<const std::int32_t> Tokenizer::prefix_ids() const { return parts_->prefix; }
std::span<const std::int32_t> Tokenizer::suffix_ids() const { return parts_->suffix; }
bool Tokenizer::add_bos() const {
  return parts_->bos && std::ranges::count(parts_->prefix, *parts_->bos) > 0;
}
bool Tokenizer::add_eos() const {
  return parts_->eos && std::ranges::count(parts_->suffix, *parts_->eos) > 0;
}
bool Tokenizer::is_end_of_generation(std::int32_t id) const {
  return std::ranges::binary_search(parts_->end_of_generation, id);
}
const std::vector<std::int32_t>& Tokenizer::end_of_generation_ids() const {
  return parts_->end_of_generation;
}
const std::optional<std::string>& Tokenizer::chat_template() const {
  return parts_->chat_template;
}

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skip_special)
    : tokenizer_(std::move(tokenizer)),
      skip_special_(skip_special),
      decoding_(std::make_unique<Decoding>(tokenizer_->parts().decoders)) {}
StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;

std::string StreamDecoder::push(std::int32_t id) {
  return push_id(tokenizer_->parts(), *decoding_, id, skip_special_);
}

std::string StreamDecoder::flush() {
  std::string rest = decoding_->finish();
  decoding_ = std::make_unique<Decoding>(tokenizer_->parts().decoders);
  return rest;
}

}  // namespace lab
