// The pre-tokenizers that GGUF files name in tokenizer.ggml.pre.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/stages/pre_tokenizer.h"

namespace lab {

struct GgufPre {
  bool one_by_one = false;                      ///< digits, before everything else
  std::vector<std::string_view> patterns = {};  ///< one splits the pieces of the one before
  bool gpt2 = false;                            ///< GPT-2's pattern, after everything else
  bool ignore_merges = false;
  bool add_bos = false;  ///< unless the file says otherwise
};

/// kUnsupported for a name that LoRA Lab does not know.
Result<GgufPre> gguf_pre_tokenizer(std::string_view name);

/// The name of what splits like this; nullopt if none does.
std::optional<std::string_view> gguf_pre_name(const GgufPre& pre);

/// Its stages, the last of them turns bytes into letters.
Result<std::vector<PreTokenizerPtr>> pre_tokenizers_of(const GgufPre& pre);

}  // namespace lab
