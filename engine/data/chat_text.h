// encode_chat(): a rendered conversation to tokens, knowing who wrote which part of it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/documents.h"
#include "data/token_extents.h"

namespace lab {

/// Both lists are ascending and disjoint.
struct ChatText {
  std::string_view text;
  std::vector<ByteRange>
      quoted;  ///< comes from the corpus: the text of a control token is just text
  std::vector<ByteRange> learnt;  ///< the assistant's turns
};

/// The ids are those of the whole text, control tokens parsed, as the model sees them when it is
/// used. Only where a quoted part would become or touch a control token is it encoded by itself, as
/// plain text. The loss covers the learnt parts, each up to and with the token that ends the turn:
/// the last one inside it, or one that follows at once. `line` of the result is not set.
/// Errors of Tokenizer::encode().
Result<Document> encode_chat(const std::shared_ptr<const Tokenizer>& tokenizer,
                             const ChatText& chat);

}  // namespace lab
