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

/// Text as it becomes certain: whole characters, never part of a stop text. Called for every token, also
/// where it adds nothing yet. Return false to cancel.
using TextSink = std::function<bool(std::string_view)>;

/// Reuses what `session` already holds where `prompt` begins with it; the session must have been fed
/// through the same model. kLimit if the prompt alone does not fit, kEmpty without a prompt.
Result<Generated> generate(Session& session, const Model& model, const std::shared_ptr<const Tokenizer>& tokenizer,
                           std::span<const std::int32_t> prompt, const GenerateOptions& options, const TextSink& sink);

}  // namespace lab
