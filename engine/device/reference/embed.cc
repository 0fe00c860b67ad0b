#include "device/reference/operations.h"
#include "device/reference/weight_rows.h"

namespace lab::reference {

void embed_forward(const EmbedForward& op) {
  for (std::int64_t t = 0; t < op.tokens; ++t)
    weight_row(op.weight, data(op.ids)[t], data(op.x) + t * op.weight.cols);
}

void embed_backward(const EmbedBackward& op) {
  for (std::int64_t t = 0; t < op.tokens; ++t)
    for (std::int64_t i = 0; i < op.cols; ++i)
      data(op.d_weight)[data(op.ids)[t] * op.cols + i] += data(op.dx)[t * op.cols + i];
}

void embed_pair_forward(const EmbedPairForward& op) {
  for (std::int64_t t = 0; t < op.tokens; ++t) {
    const std::int64_t id = data(op.ids)[t];
    for (std::int64_t i = 0; i < op.cols; ++i) {
      double sum = 0;
      for (std::int64_t r = 0; r < op.rank; ++r)
        sum += data(op.a)[r * op.vocab + id] * data(op.b)[i * op.rank + r];
      data(op.x)[t * op.cols + i] += op.scale * sum;
    }
  }
}

void embed_pair_backward(const EmbedPairBackward& op) {
  const double *a = data(op.a), *b = data(op.b), *dx = data(op.dx);
  for (std::int64_t t = 0; t < op.tokens; ++t) {
    const std::int64_t id = data(op.ids)[t];
    for (std::int64_t r = 0; r < op.rank; ++r) {
      double d_a = 0;
      for (std::int64_t i = 0; i < op.cols; ++i) {
        d_a += op.scale * dx[t * op.cols + i] * b[i * op.rank + r];
        if (op.d_b)
          data(op.d_b)[i * op.rank + r] += op.scale * dx[t * op.cols + i] * a[r * op.vocab + id];
      }
      if (op.d_a) data(op.d_a)[r * op.vocab + id] += d_a;
    }
  }
}

}  // namespace lab::reference
