// JSON values as template values, their texts marked as the user's.
#pragma once

#include "file/json.h"
#include "text/jinja/context.h"

namespace lab::jinja {

/// The value of `json`; its texts carry `origin`. Fails with kBadText in the context's error if a
/// text is not UTF-8.
Maybe<Value> from_json(Context& context, const Json& json, Origin origin);

/// A message of a conversation. Its role is the template's own text if it is a plain word: some
/// templates build control tokens from it, and a word alone is none. As transformers does, the
/// reasoning of a message can be read under all of its three usual names.
Maybe<Value> message_from_json(Context& context, const Json& message);

}  // namespace lab::jinja
