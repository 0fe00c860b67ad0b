#include <algorithm>
#include <cmath>

#include "device/reference/operations.h"

namespace lab::reference {

void cross_entropy(const CrossEntropy& op) {
  for (std::int64_t row = 0; row < op.rows; ++row) {
    double* logits = data(op.logits) + row * op.vocab;
    const std::int64_t target = data(op.targets)[row];
    if (target < 0) {
      data(op.loss)[row] = 0;
      if (op.gradient) std::fill(logits, logits + op.vocab, 0.0);
      continue;
    }
    const double largest = *std::max_element(logits, logits + op.vocab);
    double sum = 0;
    for (std::int64_t i = 0; i < op.vocab; ++i) sum += std::exp(logits[i] - largest);
    const double log_sum_exp = largest + std::log(sum);
    data(op.loss)[row] = log_sum_exp - logits[target];
    if (!op.gradient) continue;
    for (std::int64_t i = 0; i < op.vocab; ++i)
      logits[i] = (std::exp(logits[i] - log_sum_exp) - (i == target ? 1 : 0)) * op.gradient_scale;
  }
}

void grad_norm(const GradNorm& op) {
  double squares = 0;
  for (std::int64_t i = 0; i < op.count; ++i) squares += data(op.grads)[i] * data(op.grads)[i];
  const double norm = std::sqrt(squares);
  data(op.out)[0] = norm;
  data(op.out)[1] = op.max_norm > 0 ? std::min(1.0, op.max_norm / (norm + 1e-6)) : 1;
}

void adamw(const AdamW& op) {
  const auto step = static_cast<double>(op.step);
  const double correction1 = 1 - std::pow(op.beta1, step);
  const double correction2 = 1 - std::pow(op.beta2, step);
  const double factor = op.factor ? data(op.factor)[0] : 1;
  for (std::int64_t i = 0; i < op.count; ++i) {
    const double gradient = data(op.grads)[i] * factor;
    double &param = data(op.params)[i], &m = data(op.m)[i], &v = data(op.v)[i];
    param *= 1 - op.lr * op.weight_decay;
    m += (1 - op.beta1) * (gradient - m);
    v = op.beta2 * v + (1 - op.beta2) * gradient * gradient;
    param -= op.lr / correction1 * m / (std::sqrt(v) / std::sqrt(correction2) + op.eps);
  }
}

}  // namespace lab::reference
