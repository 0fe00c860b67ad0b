// Probe: what a model computes from given token ids, down to every gradient, for proof against others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter/peft_file.h"
#include "base/result.h"
#include "model/model.h"

namespace lab {

struct ProbeRequest {
  std::int64_t rows = 0, cols = 0;   ///< input_ids [rows, cols]; every row is a sequence of its own
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> labels;  ///< [rows, cols] with -100 where nothing counts, or empty
  bool gradients = false;
  std::int64_t train_steps = 0;      ///< AdamW steps on these ids, betas 0.9 0.999, no clipping
  double lr = 1e-2, weight_decay = 0.01;
};

struct ProbeTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

struct ProbeResult {
  double loss = 0;
  std::vector<ProbeTensor> tensors;  ///< logits, loss, loss_masked, hidden.i, grad_hidden.i, grad.KEY, train_loss, trained.KEY
};

/// Mean cross entropy of predicting token t + 1 at t. Gradients are of that loss. `adapter` may be
/// null. kBadArgument for ids outside the vocabulary or rows shorter than two tokens.
Result<ProbeResult> probe(Device& device, const Model& base, const AdapterValues* adapter, const ProbeRequest& request);

}  // namespace lab
