// A model's tokenizer: text to token ids and back, exactly as the model was trained with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "file/gguf.h"
#include "file/json.h"

namespace lab {

class Decoding;         // stages/decoder.h
struct TokenizerParts;  // the pipeline's stages, see tokenizer_parts.h

struct EncodeOptions {
  /// Is the text of a special token in the input that token (true), or text like any other?
  bool parse_special = false;
  /// Add what the model puts around a text: BOS, EOS, [CLS] ... [SEP].
  bool add_special = false;
};

/// Immutable: share it freely between threads.
class Tokenizer {
 public:
  /// Reads the tokenizer.ggml.* metadata of a GGUF file; the file may go away afterwards.
  /// kNotFound without a vocabulary, kUnsupported for a kind of tokenizer or pre-tokenizer that
  /// LoRA Lab does not know (named), kCorrupt for tables that contradict each other.
  static Result<std::shared_ptr<const Tokenizer>> from_gguf(const Gguf& file);

  /// Reads a parsed tokenizer.json; `tokenizer_config` (null if absent) is tokenizer_config.json,
  /// which names BOS and EOS and may hold the chat template. kBadJson for another shape,
  /// kUnsupported for a normalizer, pre-tokenizer, decoder or model that LoRA Lab does not know.
  static Result<std::shared_ptr<const Tokenizer>> from_json(const Json& tokenizer_json,
                                                            const Json* tokenizer_config,
                                                            std::string_view source_name);

  /// Reads tokenizer.json, tokenizer_config.json and chat_template.jinja of a Hugging Face folder;
  /// the last two may be absent.
  static Result<std::shared_ptr<const Tokenizer>> from_folder(const std::string& folder);

  /// kBadText if `text` is not UTF-8, or (Unigram only) has a character for which the vocabulary
  /// has neither a piece nor an unknown token; kLimit if a pattern of the tokenizer takes
  /// unreasonably many steps on it. Byte-pair models without an unknown token leave out what
  /// their vocabulary lacks, as the reference implementation does.
  Result<std::vector<std::int32_t>> encode(std::string_view text, EncodeOptions options = {}) const;

  /// The text of `ids`; bytes that are not UTF-8 become U+FFFD, ids outside the vocabulary nothing.
  std::string decode(std::span<const std::int32_t> ids, bool skip_special = false) const;

  /// One more than the largest id.
  std::int64_t vocab_size() const;
  /// The piece as the vocabulary spells it ("Ġthe", "▁the", "<|im_end|>"); empty for no such id.
  std::string_view token_text(std::int32_t id) const;
  /// The id of a piece as the vocabulary spells it.
  std::optional<std::int32_t> id_of(std::string_view piece) const;
  /// Is this a token that carries control rather than text (BOS, <|im_start|>, ...)?
  bool is_special(std::int32_t id) const;

  std::optional<std::int32_t> bos_id() const;
  std::optional<std::int32_t> eos_id() const;
  std::optional<std::int32_t> pad_id() const;
  std::optional<std::int32_t> unk_id() const;
  /// What add_special puts around a text, as ids.
  std::span<const std::int32_t> prefix_ids() const;
  std::span<const std::int32_t> suffix_ids() const;
  bool add_bos() const;  ///< does prefix_ids() hold bos_id()?
  bool add_eos() const;  ///< does suffix_ids() hold eos_id()?

  /// Does generation end at this token (EOS, <|im_end|>, <|eot_id|>, <end_of_turn>, ...)?
  bool is_end_of_generation(std::int32_t id) const;
  const std::vector<std::int32_t>& end_of_generation_ids() const;  ///< ascending

  /// The model's chat template (Jinja source), if it has one.
  const std::optional<std::string>& chat_template() const;

  // For the loaders and StreamDecoder.
  explicit Tokenizer(TokenizerParts parts);
  ~Tokenizer();
  const TokenizerParts& parts() const { return *parts_; }

 private:
  std::unique_ptr<const TokenizerParts> parts_;
};

/// Decodes token by token: the texts that push() and flush() return join to decode() of all ids.
/// Where a text is continued, push the ids of its start first: some models' first blank depends on
/// what is before it.
class StreamDecoder {
 public:
  explicit StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool skip_special = true);
  ~StreamDecoder();
  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;

  /// Takes one id; returns the text that is certain by now, whole UTF-8 characters, maybe "".
  std::string push(std::int32_t id);
  /// Returns what is left (an unfinished character becomes U+FFFD) and starts afresh.
  std::string flush();

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  bool skip_special_;
  std::unique_ptr<Decoding> decoding_;
};

}  // namespace lab
