#include "infer/generate.h"

#include <algorithm>
#include <chrono>

namespace lab {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Drops from the session what the prompt does not begin with; at least one token stays to be fed,
/// because the logits of the last one are needed.
std::size_t reuse(Session& session, std::span<const std::int32_t> prompt) {
  const auto have = session.ids();
  std::size_t same = 0;
  while (same < have.size() && same + 1 < prompt.size() && have[same] == prompt[same]) ++same;
  session.truncate(static_cast<std::int64_t>(same));
  return same;
}

}  // namespace

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kEndOfText: return "end_of_text";
    case StopReason::kMaxTokens: return "max_tokens";
    case StopReason::kStopText: return "stop_text";
    case StopReason::kContextFull: return "context_full";
    case StopReason::kCancelled: return "cancelled";
  }
  return "unknown";
}

Generation::Generation(Session& session, const Model& model, std::shared_ptr<const Tokenizer> tokenizer, const GenerateOptions& options)
    : session_(session), model_(model), tokenizer_(tokenizer), options_(options), sampler_(options.sampler),
      decoder_(std::move(tokenizer)), filter_(options.stop) {}

Status Generation::start(std::span<const std::int32_t> prompt) {
  LAB_TRY(const std::int64_t count, begin(prompt));
  LAB_CHECK(read(count));
  return {};
}

Result<std::int64_t> Generation::begin(std::span<const std::int32_t> prompt) {
  if (prompt.empty()) return fail(Error{Code::kEmpty, "there is no prompt"}.fix("Give some text to start from."));
  const std::span<const std::int32_t> rest = prompt.subspan(reuse(session_, prompt));
  LAB_CHECK(session_.check_room(static_cast<std::int64_t>(rest.size())));
  unread_.assign(rest.begin(), rest.end());
  out_.prefill_tokens = static_cast<std::int64_t>(rest.size());
  over_ = options_.max_tokens <= 0;
  return out_.prefill_tokens;
}

Result<std::int64_t> Generation::read(std::int64_t tokens) {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t count = std::min(unread_.size(), static_cast<std::size_t>(tokens));
  LAB_CHECK(session_.feed(model_, std::span(unread_).first(count)));
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(count));
  out_.prefill_s += seconds_since(start);
  return static_cast<std::int64_t>(unread_.size());
}

Result<std::string> Generation::next() {
  const auto start = std::chrono::steady_clock::now();
  // The logits of the last token are computed when they are needed, so that none are for nothing.
  if (!out_.ids.empty()) LAB_CHECK(session_.feed(model_, std::span(&out_.ids.back(), 1)));
  const std::int32_t id = sampler_.pick(session_.logits(), session_.ids());
  out_.ids.push_back(id);
  std::string text;
  if (tokenizer_->is_end_of_generation(id)) {
    end(StopReason::kEndOfText);
  } else {
    text = filter_.push(decoder_.push(id));
    if (filter_.stopped()) end(StopReason::kStopText);
    else if (session_.length() == session_.capacity()) end(StopReason::kContextFull);
    else if (static_cast<std::int64_t>(out_.ids.size()) >= options_.max_tokens) end(StopReason::kMaxTokens);
  }
  if (over_ && !filter_.stopped()) text += filter_.push(decoder_.flush()) + filter_.flush();
  out_.text += text;
  out_.decode_s += seconds_since(start);
  return text;
}

void Generation::cancel() { end(StopReason::kCancelled); }

void Generation::end(StopReason reason) {
  out_.reason = reason;
  over_ = true;
}

Result<Generated> generate(Session& session, const Model& model, const std::shared_ptr<const Tokenizer>& tokenizer,
                           std::span<const std::int32_t> prompt, const GenerateOptions& options, const TextSink& sink) {
  Generation generation(session, model, tokenizer, options);
  LAB_CHECK(generation.start(prompt));
  while (!generation.over()) {
    LAB_TRY(const std::string text, generation.next());
    if (!sink(text) && !generation.over()) generation.cancel();
  }
  return generation.generated();
}

}  // namespace lab
