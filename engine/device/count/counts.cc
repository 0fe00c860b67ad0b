#include "device/count/counts.h"

namespace lab {

std::string_view name(Operation operation) {
  constexpr std::array<std::string_view, kOperations> kNames{
      "fill",
      "copy",
      "add",
      "linear_forward",
      "linear_backward",
      "low_rank_norms",
      "embed_forward",
      "embed_backward",
      "embed_pair_forward",
      "embed_pair_backward",
      "rms_norm_forward",
      "rms_norm_backward",
      "rope",
      "attention_forward",
      "attention_backward",
      "swiglu_forward",
      "swiglu_backward",
      "cross_entropy",
      "dropout",
      "grad_norm",
      "adamw",
  };
  static_assert(!kNames.back().empty());
  return kNames[static_cast<std::size_t>(operation)];
}

OperationCount Counts::total() const {
  OperationCount sum;
  for (const OperationCount& one : operations) {
    sum.calls += one.calls;
    sum.flops += one.flops;
    sum.bytes += one.bytes;
  }
  return sum;
}

}  // namespace lab
