// Adapter: a rank-r map from R^in to R^out, delta(x) = scale * (x A) B, and what can be asked of
// it.
#pragma once

#include <cstdint>

#include "forward.h"
#include "memory.h"

namespace microlora {

struct AdapterConfig {
  Shape shape{};
  float scale = 1;
  float bound = 0;  ///< A starts uniform in [-bound, bound], B zero: the map is zero
  std::uint64_t seed = 0;
  bool valid() const;
};

/// A and B, in a block that somebody else owns (see Owned). Not thread-safe.
///
/// A is kept transposed, [rank][in] with padded rows, so that both halves of a forward pass read
/// memory in order; `read` and `write` speak the documents' layout, [in][rank] row-major.
struct Adapter : Weights {
  void lay_out(Arena& arena, const AdapterConfig& config);  ///< `config` must be valid
  void reset();                                             ///< back to that, to the bit

  /// The bound that keeps |x A| near |x|: sqrt(2 / in) (He et al. 2015, uniform).
  static float default_bound(std::uint32_t in);

  /// y [out_stride] = delta, x + delta, or y + delta. kNotFinite leaves y as it was.
  Status forward(const float* x, float* y, Into into) const {
    return microlora::forward(*this, 1, x, y, into) ? Status::kOk : Status::kNotFinite;
  }

  void read(float* a_values, float* b_values) const;  ///< [in][rank], [rank][out]
  /// kNotFinite (nothing changed) if a value is not finite or beyond kWeightLimit.
  Status write(const float* a_values, const float* b_values);

  /// |scale * A B| (Frobenius), from the two Gram matrices.
  double delta_norm() const;

  /// w [count][out_stride] += rows first.. of scale * A B.
  void add_delta(float* w, std::uint32_t first, std::uint32_t count) const;

  bool valid() const { return true; }  ///< an adapter can be the configuration of what goes with it
  std::uint32_t parameters() const { return shape.rank * (shape.in + shape.out); }
  std::size_t a_size() const { return rows * in_stride; }
  std::size_t b_size() const { return rows * out_stride; }

  float bound;
  std::uint64_t seed;
};

/// The documents' layout to and from padded rows.
void unpack_a(const Shape& shape, const float* values, float* a);
void unpack_b(const Shape& shape, const float* values, float* b);
void pack_a(const Shape& shape, const float* a, float* values);
void pack_b(const Shape& shape, const float* b, float* values);

}  // namespace microlora
