// docs/errors.md: every error code with its meaning, and what each bad input leads to.
#pragma once

#include <string>
#include <vector>

#include "case.h"

namespace lab::malformed {

/// The meanings come from base/error.h, the rest from the cases.
std::string errors_document(const std::vector<Case>& cases);

}  // namespace lab::malformed
