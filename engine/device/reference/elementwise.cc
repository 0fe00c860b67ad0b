#include <cmath>

#include "base/rng.h"
#include "device/reference/operations.h"

namespace lab::reference {
namespace {

/// 1 / sqrt(mean(x^2) + eps) of one row.
double inverse_rms(const double* x, std::int64_t cols, double eps) {
  double squares = 0;
  for (std::int64_t i = 0; i < cols; ++i) squares += x[i] * x[i];
  return 1 / std::sqrt(squares / static_cast<double>(cols) + eps);
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

void rms_norm_forward(const RmsNormForward& op) {
  for (std::int64_t row = 0; row < op.rows; ++row) {
    const double* x = data(op.x) + row * op.cols;
    double* y = data(op.y) + row * op.cols;
    const double inverse = inverse_rms(x, op.cols, op.eps);
    for (std::int64_t i = 0; i < op.cols; ++i) y[i] = x[i] * inverse * data(op.weight)[i];
  }
}

// With n = x * inverse and g = dy * weight: dx = inverse * (g - n * mean(g * n)).
void rms_norm_backward(const RmsNormBackward& op) {
  for (std::int64_t row = 0; row < op.rows; ++row) {
    const double* x = data(op.x) + row * op.cols;
    const double* dy = data(op.dy) + row * op.cols;
    double* dx = data(op.dx) + row * op.cols;
    const double* weight = data(op.weight);
    const double inverse = inverse_rms(x, op.cols, op.eps);
    double mean = 0;
    for (std::int64_t i = 0; i < op.cols; ++i) {
      mean += dy[i] * weight[i] * x[i] * inverse / static_cast<double>(op.cols);
      if (op.d_weight) data(op.d_weight)[i] += dy[i] * x[i] * inverse;
    }
    for (std::int64_t i = 0; i < op.cols; ++i) {
      const double gradient = inverse * (dy[i] * weight[i] - x[i] * inverse * mean);
      dx[i] = (op.accumulate ? dx[i] : 0) + gradient;
    }
  }
}

void rope(const Rope& op) {
  const std::int64_t half = op.rotary / 2;
  const bool neighbours = op.pairs == RopePairs::kNeighbours;
  for (std::int64_t t = 0; t < op.tokens; ++t) {
    const std::int64_t position = data(op.positions)[t];
    for (std::int64_t head = 0; head < op.heads; ++head) {
      double* x = data(op.x) + (t * op.heads + head) * op.head_dim;
      for (std::int64_t i = 0; i < half; ++i) {
        double& first = x[neighbours ? 2 * i : i];
        double& second = x[neighbours ? 2 * i + 1 : i + half];
        const double cosine = data(op.cosines)[position * half + i];
        const double sine = data(op.sines)[position * half + i] * (op.inverse ? -1 : 1);
        const double rotated = first * cosine - second * sine;
        second = second * cosine + first * sine;
        first = rotated;
      }
    }
  }
}

void swiglu_forward(const SwigluForward& op) {
  for (std::int64_t i = 0; i < op.count; ++i) {
    const double gate = data(op.gate)[i];
    data(op.act)[i] = gate * sigmoid(gate) * data(op.up)[i];
  }
}

void swiglu_backward(const SwigluBackward& op) {
  for (std::int64_t i = 0; i < op.count; ++i) {
    // All inputs before any output: the buffers may be the same.
    const double gate = data(op.gate)[i], up = data(op.up)[i], d_act = data(op.d_act)[i];
    const double s = sigmoid(gate);
    data(op.d_gate)[i] = d_act * up * s * (1 + gate * (1 - s));
    data(op.d_up)[i] = d_act * gate * s;
  }
}

void dropout(const Dropout& op) {
  const Philox random(op.seed, Stream::kDropout, op.substream);
  for (std::int64_t i = 0; i < op.count; ++i) {
    const bool kept = random.uniform(static_cast<std::uint64_t>(i)) >= op.probability;
    const double value = kept ? data(op.x)[i] / (1 - op.probability) : 0;
    data(op.y)[i] = (op.accumulate ? data(op.y)[i] : 0) + value;
  }
}

}  // namespace lab::reference
