#include <optional>

#include "text/stages/byte_letters.h"
#include "text/stages/pre_tokenizer.h"

namespace lab {

namespace {

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class ByteLevel : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, bool use_regex) : add_prefix_space_(add_prefix_space) {
    // The pattern is a constant that the tests compile.
    if (use_regex) pattern_ = *Regex::compile(kGpt2Pattern);
  }

  Status split(std::string_view piece, bool first, PieceSink& sink) const override {
    std::string spaced, letters;
    if (add_prefix_space_ && !piece.starts_with(' ')) {
      spaced.assign(" ").append(piece);
      piece = spaced;
    }
    auto emit = [&](std::size_t begin, std::size_t end) {
      letters.clear();
      append_byte_letters(letters, piece.substr(begin, end - begin));
      return sink.take(letters, first && begin == 0);
    };
    if (!pattern_) return emit(0, piece.size());
    auto matches = pattern_->matches(piece);
    while (true) {  // the pattern's last alternatives see to it that nothing lies between matches
      LAB_TRY(auto match, matches.next());
      if (!match) return {};
      LAB_CHECK(emit(match->begin, match->end));
    }
  }

 private:
  bool add_prefix_space_;
  std::optional<Regex> pattern_;
};

}  // namespace

PreTokenizerPtr byte_level(bool add_prefix_space, bool use_regex) {
  return std::make_unique<ByteLevel>(add_prefix_space, use_regex);
}

}  // namespace lab
