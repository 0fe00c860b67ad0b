// stored_weight: the check that every device makes before it uses a stored matrix as a Weight.
#pragma once

#include "base/result.h"
#include "device/device.h"

namespace lab {

/// The matrix as a Weight whose address is that of the view's bytes. kMismatch if it is not two
/// dimensional or its bytes do not fit its shape, kUnsupported if its type cannot be decoded or its
/// rows are no whole number of blocks.
Result<Weight> stored_weight(const TensorView& matrix);

}  // namespace lab
