// What commands that render conversations share.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "text/chat_options.h"
#include "text/tokenizer.h"

namespace lab::cli {

/// A rendered conversation as ids: the template's control tokens are parsed, those that a user has
/// typed are just text.
Result<std::vector<std::int32_t>> encode_rendered(const std::shared_ptr<const Tokenizer>& tokenizer, const Rendered& rendered);

}  // namespace lab::cli
