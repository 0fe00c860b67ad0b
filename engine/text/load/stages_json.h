// Builds the stages that a tokenizer.json describes. Every error names the stage or member;
// kUnsupported for a stage that LoRA Lab does not have: none is left out.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "file/json.h"
#include "text/models/token_model.h"
#include "text/stages/decoder.h"
#include "text/stages/normalizer.h"
#include "text/stages/pre_tokenizer.h"

namespace lab {

Result<NormalizerPtr> normalizer_from_json(const Json& json);

/// Appends the stages; a Sequence is several.
Status pre_tokenizers_from_json(const Json& json, std::vector<PreTokenizerPtr>& out);

/// Appends the stages; a Sequence is several.
Status decoders_from_json(const Json& json, std::vector<DecoderPtr>& out);

/// Appends what the post-processor puts around a single text. kCorrupt if it is not in the
/// vocabulary.
Status post_processor_from_json(const Json& json, const Vocabulary& vocabulary,
                                std::vector<std::int32_t>& prefix,
                                std::vector<std::int32_t>& suffix);

/// {"String": ...} or {"Regex": ...} in member "pattern".
Result<Regex> pattern_from_json(const Json& stage);

}  // namespace lab
