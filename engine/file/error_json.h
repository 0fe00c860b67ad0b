// An Error as programs read it.
#pragma once

#include "file/json.h"

namespace lab {

/// {"error": {"code", "message", and of file, offset, line, field and remedy what is known}}.
Json error_to_json(const Error& error);

}  // namespace lab
