// The reference device's operations; device/device.h says what each must do.
#pragma once

#include "device/device.h"

namespace lab::reference {

inline double* data(Reals reals) { return reinterpret_cast<double*>(reals.address); }
inline const std::int32_t* data(Ints ints) {
  return reinterpret_cast<const std::int32_t*>(ints.address);
}

// linear.cc
void linear_forward(const LinearForward& op);
void linear_backward(const LinearBackward& op);
void low_rank_norms(const LowRankNorms& op);

// embed.cc
void embed_forward(const EmbedForward& op);
void embed_backward(const EmbedBackward& op);
void embed_pair_forward(const EmbedPairForward& op);
void embed_pair_backward(const EmbedPairBackward& op);

// elementwise.cc: norms, rotation and what goes element by element
void rms_norm_forward(const RmsNormForward& op);
void rms_norm_backward(const RmsNormBackward& op);
void rope(const Rope& op);
void swiglu_forward(const SwigluForward& op);
void swiglu_backward(const SwigluBackward& op);
void dropout(const Dropout& op);

// attention.cc
void attention_forward(const AttentionForward& op);
void attention_backward(const AttentionBackward& op);

// loss.cc: the loss and the optimiser
void cross_entropy(const CrossEntropy& op);
void grad_norm(const GradNorm& op);
void adamw(const AdamW& op);

}  // namespace lab::reference
