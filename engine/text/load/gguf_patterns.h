// The pre-tokenizers that GGUF files name in tokenizer.ggml.pre.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/stages/pre_tokenizer.h"

namespace lab {

struct GgufPre {
  std::vector<PreTokenizerPtr> stages;
  bool ignore_merges = false;
  bool add_bos = false;  ///< unless the file says otherwise
};

/// kUnsupported for a name that LoRA Lab does not know.
Result<GgufPre> gguf_pre_tokenizer(std::string_view name);

}  // namespace lab
