// Pass: what one walk of tokens through the layers needs besides the model.
#pragma once

#include <cstdint>

#include "device/arena.h"
#include "device/device.h"

namespace lab {

/// Dropout of the low-rank pairs' inputs; probability 0 outside training.
struct DropoutPlan {
  double probability = 0;
  std::uint64_t seed = 0;     ///< different for every micro-step
};

/// Packed tokens on the device: documents lie one after another, each with its own positions, and a
/// token sees only its own document.
struct Pass {
  Device& device;
  Arena& arena;
  std::int64_t tokens = 0;
  Ints ids, positions;        ///< [tokens]
  Ints key_begin, key_end;    ///< [tokens]: the keys each query sees where a layer has no window
  Ints window_begin;          ///< [tokens]: key_begin under the sliding window; empty without one
  Reals cosines, sines;       ///< the rotation table, see model/rope_scaling.h
  DropoutPlan dropout;
  Ints rows = {};             ///< [tokens]: which tokens of a larger pass these are, ascending; empty where there is none
};

}  // namespace lab
