// The output end of the model: final norm, head and cross entropy, in chunks so that the logits of
// all tokens never exist at once.
#pragma once

#include "model/model.h"
#include "model/pass.h"

namespace lab {

/// Tokens whose logits exist at the same time: about 32 MB of them.
std::int64_t head_chunk_rows(const ModelConfig& config);

/// Next-token losses of the rows that carry one.
struct HeadLoss {
  Reals x;                       ///< [tokens, hidden] the residual stream that leaves the last layer
  std::int64_t count = 0;        ///< rows with a loss
  Ints rows, targets;            ///< [count]: the row in x, empty if these are all of x, in order; the token id it should predict
  Reals losses;                  ///< [count], written
  double gradient_scale = 1;     ///< what d loss is multiplied by, 1 / tokens of the whole step
  Reals d;                       ///< as x, written; empty: no gradient at all
};
void head_loss(const Pass& pass, const Model& model, const HeadLoss& args);

/// logits [count, vocab] of consecutive rows `first` ... of x.
void head_logits(const Pass& pass, const Model& model, Reals x, std::int64_t first, std::int64_t count, Reals logits);

}  // namespace lab
