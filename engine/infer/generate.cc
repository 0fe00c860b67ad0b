#include "infer/generate.h"

#include <algorithm>
#include <chrono>

#include "infer/stop_filter.h"

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

Result<Generated> generate(Session& session, const Model& model, const std::shared_ptr<const Tokenizer>& tokenizer,
                           std::span<const std::int32_t> prompt, const GenerateOptions& options, const TextSink& sink) {
  if (prompt.empty()) return fail(Error{Code::kEmpty, "there is no prompt"}.fix("Give some text to start from."));
  Generated out;
  auto start = std::chrono::steady_clock::now();
  const std::size_t same = reuse(session, prompt);
  LAB_CHECK(session.feed(model, prompt.subspan(same)));
  out.prefill_tokens = static_cast<std::int64_t>(prompt.size() - same);
  out.prefill_s = seconds_since(start);

  Sampler sampler(options.sampler);
  StreamDecoder decoder(tokenizer);
  StopFilter filter(options.stop);
  auto emit = [&](const std::string& text) {
    out.text += text;
    return sink(text);
  };
  bool listening = true;
  start = std::chrono::steady_clock::now();
  while (static_cast<std::int64_t>(out.ids.size()) < options.max_tokens) {
    const std::int32_t id = sampler.pick(session.logits(), session.ids());
    out.ids.push_back(id);
    if (tokenizer->is_end_of_generation(id)) {
      out.reason = StopReason::kEndOfText;
      break;
    }
    listening = emit(filter.push(decoder.push(id)));
    if (filter.stopped() || !listening) {
      out.reason = filter.stopped() ? StopReason::kStopText : StopReason::kCancelled;
      break;
    }
    if (session.length() == session.capacity()) {
      out.reason = StopReason::kContextFull;
      break;
    }
    if (static_cast<std::int64_t>(out.ids.size()) == options.max_tokens) break;
    LAB_CHECK(session.feed(model, std::span(&id, 1)));
  }
  if (listening && !filter.stopped()) emit(filter.push(decoder.flush()) + filter.flush());
  out.decode_s = seconds_since(start);
  return out;
}

}  // namespace lab
