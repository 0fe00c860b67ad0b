// Byte-pair encoding: characters merge pair by pair, in the order in which training learned it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "text/models/pair_table.h"
#include "text/models/token_model.h"

namespace lab {

/// BPE over characters (which may stand for bytes: see ByteLevel). Sennrich et al. 2016; details as
/// in Hugging Face's tokenizers.
class Bpe : public TokenModel {
 public:
  struct Options {
    std::optional<std::int32_t> unknown = {};  ///< if absent, what the vocabulary lacks is left out
    bool fuse_unknown = false;            ///< one unknown id for a whole run
    bool byte_fallback = false;           ///< what the vocabulary lacks becomes <0xNN> pieces
    bool ignore_merges = false;           ///< a whole piece in the vocabulary is taken as it is
    std::string continuing_prefix = {};   ///< in front of every character but a piece's first
    std::string end_suffix = {};          ///< behind a piece's last character
  };

  /// `merges` in order of rank. kCorrupt if one names a piece that is not in the vocabulary, makes
  /// one that is not, or is there twice.
  static Result<std::unique_ptr<Bpe>> make(
      std::shared_ptr<const Vocabulary> vocabulary,
      std::span<const std::pair<std::string_view, std::string_view>> merges, Options options);

  Status encode(std::string_view piece, std::vector<std::int32_t>& out) const override;
  std::optional<std::int32_t> unknown_id() const override { return options_.unknown; }

 private:
  Bpe(std::shared_ptr<const Vocabulary> vocabulary, PairTable merges, Options options);
  std::optional<std::int32_t> character_id(std::string_view character) const;
  void characters(std::string_view piece, std::vector<std::int32_t>& out) const;

  static constexpr char32_t kDirect = 0x400;  ///< covers the letters that stand for bytes
  std::shared_ptr<const Vocabulary> vocabulary_;
  PairTable merges_;
  Options options_;
  std::array<std::int32_t, 256> byte_ids_;
  std::array<std::int32_t, kDirect> direct_ids_;  ///< of one-character pieces, -1 if absent
};

/// Merges ids[from ...] in place until no pair merges, lowest rank first, then leftmost.
/// O(n log n) in the number of ids.
void merge_pairs(const PairTable& merges, std::vector<std::int32_t>& ids, std::size_t from);

}  // namespace lab
