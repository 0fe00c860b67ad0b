// Rows of a Weight as doubles, whatever its type.
#pragma once

#include "device/device.h"

namespace lab::reference {

/// out[0, cols) = row `row`. F64 exactly, everything else through tensor/decode.h.
void weight_row(const Weight& weight, std::int64_t row, double* out);

}  // namespace lab::reference
