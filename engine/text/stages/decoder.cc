#include "text/stages/decoder.h"

#include <utility>

namespace lab {

// A stage and where its pieces go; without a stage, the collector.
class Decoding::Link : public TextSink {
 public:
  Link(std::unique_ptr<DecoderStage> stage, TextSink* next)
      : stage_(std::move(stage)), next_(next) {}
  void push(std::string_view piece) override {
    if (stage_) {
      stage_->push(piece, *next_);
    } else {
      text_ += piece;
    }
  }
  void finish() {
    if (stage_) stage_->finish(*next_);
  }
  std::string take() { return std::exchange(text_, {}); }

 private:
  std::unique_ptr<DecoderStage> stage_;
  TextSink* next_;
  std::string text_;
};

Decoding::Decoding(const std::vector<DecoderPtr>& decoders) {
  links_.resize(decoders.size() + 1);
  links_.back() = std::make_unique<Link>(nullptr, nullptr);
  for (std::size_t i = decoders.size(); i-- > 0;)
    links_[i] = std::make_unique<Link>(decoders[i]->start(), links_[i + 1].get());
}
Decoding::~Decoding() = default;
Decoding::Decoding(Decoding&&) noexcept = default;
Decoding& Decoding::operator=(Decoding&&) noexcept = default;

std::string Decoding::push(std::string_view piece) {
  links_.front()->push(piece);
  return links_.back()->take();
}

std::string Decoding::finish() {
  for (auto& link : links_) link->finish();
  return links_.back()->take();
}

}  // namespace lab
