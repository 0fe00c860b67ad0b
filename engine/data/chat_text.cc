#include "data/chat_text.h"

#include <algorithm>

namespace lab {
namespace {

/// A part of the text that is encoded by itself.
struct Part {
  ByteRange extent;
  bool quoted;
};

struct Encoded {
  std::vector<std::int32_t> ids;
  std::vector<ByteRange> extents;  ///< of each token in the whole text
  bool exact = true;               ///< false: some extents are those of whole parts
};

class ChatEncoder {
 public:
  ChatEncoder(const std::shared_ptr<const Tokenizer>& tokenizer, const ChatText& chat)
      : tokenizer_(tokenizer), chat_(chat) {}

  Result<Document> run() {
    const Part whole{{0, chat_.text.size()}, false};
    LAB_TRY(Encoded encoded, encode(std::span(&whole, 1)));
    const std::vector<ByteRange> unsafe = unsafe_quotes(encoded);
    if (!unsafe.empty() || !encoded.exact) {
      const std::vector<Part> parts = cut(unsafe);
      LAB_TRY(encoded, encode(parts));
    }
    return with_loss(std::move(encoded));
  }

 private:
  Result<Encoded> encode(std::span<const Part> parts) const {
    Encoded result;
    for (const Part& part : parts) {
      const auto [begin, end] = part.extent;
      const std::string_view text = chat_.text.substr(begin, end - begin);
      LAB_TRY(const auto ids, tokenizer_->encode(text, {.parse_special = !part.quoted}));
      auto extents = token_extents(tokenizer_, ids, text);
      if (extents) {
        for (ByteRange& extent : *extents) extent = {extent.begin + begin, extent.end + begin};
      } else {
        extents.emplace(ids.size(), part.extent);
        result.exact = false;
      }
      result.ids.insert(result.ids.end(), ids.begin(), ids.end());
      result.extents.insert(result.extents.end(), extents->begin(), extents->end());
    }
    return result;
  }

  /// The quotes that a control token covers or touches.
  std::vector<ByteRange> unsafe_quotes(const Encoded& encoded) const {
    std::vector<ByteRange> unsafe;
    std::size_t token = 0;
    for (const ByteRange& quote : chat_.quoted) {
      while (token < encoded.ids.size() && encoded.extents[token].end <= quote.begin) ++token;
      for (std::size_t i = token; i < encoded.ids.size(); ++i) {
        if (!overlap(encoded.extents[i], quote)) break;
        if (!tokenizer_->is_special(encoded.ids[i])) continue;
        unsafe.push_back(quote);
        break;
      }
    }
    return unsafe;
  }

  /// The text cut at the borders of these quotes and of the learnt parts.
  std::vector<Part> cut(const std::vector<ByteRange>& quotes) const {
    std::vector<std::size_t> borders{0, chat_.text.size()};
    for (const auto* list : {&quotes, &chat_.learnt})
      for (const ByteRange& extent : *list)
        borders.insert(borders.end(), {extent.begin, extent.end});
    std::ranges::sort(borders);
    std::vector<Part> parts;
    auto quote = quotes.begin();
    for (std::size_t i = 1; i < borders.size(); ++i) {
      const ByteRange extent{borders[i - 1], borders[i]};
      if (extent.begin == extent.end) continue;
      while (quote != quotes.end() && quote->end <= extent.begin) ++quote;
      parts.push_back({extent, quote != quotes.end() && overlap(*quote, extent)});
    }
    return parts;
  }

  Document with_loss(Encoded encoded) const {
    Document document;
    document.loss.assign(encoded.ids.size(), 0);
    std::size_t begin = 0;
    for (const ByteRange& learnt : chat_.learnt) {
      while (begin < encoded.ids.size() && !overlap(encoded.extents[begin], learnt) &&
             encoded.extents[begin].begin < learnt.end)
        ++begin;
      std::size_t end = begin;
      while (end < encoded.ids.size() && overlap(encoded.extents[end], learnt)) ++end;
      const std::size_t turn_end = end_of_turn(encoded.ids, begin, end);
      for (std::size_t i = begin; i < turn_end; ++i) document.loss[i] = 1;
    }
    document.ids = std::move(encoded.ids);
    return document;
  }

  /// One past the last token to learn of the turn [begin, end).
  std::size_t end_of_turn(std::span<const std::int32_t> ids, std::size_t begin,
                          std::size_t end) const {
    for (std::size_t i = end; i > begin; --i)
      if (tokenizer_->is_end_of_generation(ids[i - 1])) return i;
    const bool follows =
        end > begin && end < ids.size() && tokenizer_->is_end_of_generation(ids[end]);
    return follows ? end + 1 : end;
  }

  const std::shared_ptr<const Tokenizer>& tokenizer_;
  const ChatText& chat_;
};

}  // namespace

Result<Document> encode_chat(const std::shared_ptr<const Tokenizer>& tokenizer,
                             const ChatText& chat) {
  return ChatEncoder(tokenizer, chat).run();
}

}  // namespace lab
