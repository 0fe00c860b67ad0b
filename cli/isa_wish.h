// LAB_ISA: holds every kernel to an older instruction set, for comparisons and to find a fault.
#pragma once

#include "base/result.h"

namespace lab::cli {

/// Obeys the environment variable LAB_ISA (baseline, avx2, or avx512, which leaves out AMX), if it is set. kUnsupported for what this processor lacks.
Status obey_isa_wish();

}  // namespace lab::cli
