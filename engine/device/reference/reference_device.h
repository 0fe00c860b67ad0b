// The reference device: every operation as plain loops in double precision, to check others
// against.
#pragma once

#include <memory>

#include "device/device.h"

namespace lab {

/// Single-threaded, at once, Reals are float64. An address is a pointer (to double, std::int32_t or
/// stored blocks), so a test may set values that write() would round. Frozen weights stay as they
/// are stored and are decoded a row at a time. Its own gradients are checked by finite differences.
std::unique_ptr<Device> make_reference_device();

}  // namespace lab
