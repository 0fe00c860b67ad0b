// generate(): extends a prompt token by token, streaming text, until something says stop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infer/sampler.h"
#include "infer/session.h"
#include "infer/stop_filter.h"
#include "text/tokenizer.h"

namespace lab {

struct GenerateOptions {
  std::int64_t max_tokens = 256;
  SamplerOptions sampler;
  std::vector<std::string> stop;     ///< texts that end the generation and are not part of it
};

enum class StopReason : std::uint8_t { kEndOfText, kMaxTokens, kStopText, kContextFull, kCancelled };
std::string_view stop_reason_name(StopReason reason);

struct Generated {
  std::string text;
  std::vector<std::int32_t> ids;     ///< the new tokens, a final end-of-text token included
  StopReason reason = StopReason::kMaxTokens;
  std::int64_t prefill_tokens = 0;   ///< tokens that were not in the cache already
  double prefill_s = 0, decode_s = 0;
};

/// A generation that goes on token by token, for callers that do other things in between. Reuses what
/// `session` already holds where the prompt begins with it; the session must have been fed through the
/// same model. Session and model must outlive it and serve nothing else meanwhile.
class Generation {
 public:
  Generation(Session& session, const Model& model, std::shared_ptr<const Tokenizer> tokenizer, const GenerateOptions& options);

  /// Reads the prompt; call it once, first. kLimit if the prompt alone does not fit, kEmpty without one.
  Status start(std::span<const std::int32_t> prompt);
  /// The same in pieces: begin() tells how many tokens are to be read, read() takes so many of them at most
  /// and tells how many are left. next() is not to be called before that is none.
  Result<std::int64_t> begin(std::span<const std::int32_t> prompt);
  Result<std::int64_t> read(std::int64_t tokens);
  /// Adds a token. Returns the text that is certain by now: whole characters, never part of a stop text,
  /// maybe "". Not to be called when over().
  Result<std::string> next();
  bool over() const { return over_; }
  /// Ends it from outside.
  void cancel();
  /// What there is so far; whole when over().
  const Generated& generated() const { return out_; }

 private:
  void end(StopReason reason);

  std::vector<std::int32_t> unread_;  ///< what read() has not taken yet
  Session& session_;
  const Model& model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  GenerateOptions options_;
  Sampler sampler_;
  StreamDecoder decoder_;
  StopFilter filter_;
  Generated out_;
  bool over_ = false;
};

/// Text as it becomes certain: whole characters, never part of a stop text. Called for every token, also
/// where it adds nothing yet. Return false to cancel.
using TextSink = std::function<bool(std::string_view)>;

/// Reuses what `session` already holds where `prompt` begins with it; the session must have been fed
/// through the same model. kLimit if the prompt alone does not fit, kEmpty without a prompt.
Result<Generated> generate(Session& session, const Model& model, const std::shared_ptr<const Tokenizer>& tokenizer,
                           std::span<const std::int32_t> prompt, const GenerateOptions& options, const TextSink& sink);

}  // namespace lab
