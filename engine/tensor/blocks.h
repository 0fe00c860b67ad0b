// The quantised blocks of GGUF files, byte for byte as they lie on disk (ggml's block_q* types).
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace lab {

// Packed: a file may place a block at any address. `d`, `m` and `dmin` are half floats.

struct [[gnu::packed]] BlockQ4_0 {
  static constexpr DType kType = DType::kQ4_0;
  static constexpr int kElements = 32;
  std::uint16_t d;
  std::uint8_t qs[16];  ///< element j in the low nibble of qs[j], j + 16 in the high one
};

struct [[gnu::packed]] BlockQ4_1 {
  static constexpr DType kType = DType::kQ4_1;
  static constexpr int kElements = 32;
  std::uint16_t d, m;
  std::uint8_t qs[16];
};

struct [[gnu::packed]] BlockQ5_0 {
  static constexpr DType kType = DType::kQ5_0;
  static constexpr int kElements = 32;
  std::uint16_t d;
  std::uint32_t qh;  ///< bit j is the fifth bit of element j
  std::uint8_t qs[16];
};

struct [[gnu::packed]] BlockQ5_1 {
  static constexpr DType kType = DType::kQ5_1;
  static constexpr int kElements = 32;
  std::uint16_t d, m;
  std::uint32_t qh;
  std::uint8_t qs[16];
};

struct [[gnu::packed]] BlockQ8_0 {
  static constexpr DType kType = DType::kQ8_0;
  static constexpr int kElements = 32;
  std::uint16_t d;
  std::int8_t qs[32];
};

struct [[gnu::packed]] BlockQ2_K {
  static constexpr DType kType = DType::kQ2_K;
  static constexpr int kElements = 256;
  std::uint8_t scales[16];  ///< for 16 elements each: scale in the low nibble, minimum in the high
  std::uint8_t qs[64];
  std::uint16_t d, dmin;
};

struct [[gnu::packed]] BlockQ3_K {
  static constexpr DType kType = DType::kQ3_K;
  static constexpr int kElements = 256;
  std::uint8_t hmask[32];   ///< third bits
  std::uint8_t qs[64];      ///< low two bits
  std::uint8_t scales[12];  ///< sixteen 6-bit scales, biased by 32
  std::uint16_t d;
};

struct [[gnu::packed]] BlockQ4_K {
  static constexpr DType kType = DType::kQ4_K;
  static constexpr int kElements = 256;
  std::uint16_t d, dmin;
  std::uint8_t scales[12];  ///< eight 6-bit pairs; see scale_and_min
  std::uint8_t qs[128];
};

struct [[gnu::packed]] BlockQ5_K {
  static constexpr DType kType = DType::kQ5_K;
  static constexpr int kElements = 256;
  std::uint16_t d, dmin;
  std::uint8_t scales[12];
  std::uint8_t qh[32];
  std::uint8_t qs[128];
};

struct [[gnu::packed]] BlockQ6_K {
  static constexpr DType kType = DType::kQ6_K;
  static constexpr int kElements = 256;
  std::uint8_t ql[128];
  std::uint8_t qh[64];
  std::int8_t scales[16];
  std::uint16_t d;
};

struct [[gnu::packed]] BlockIQ4_NL {
  static constexpr DType kType = DType::kIQ4_NL;
  static constexpr int kElements = 32;
  std::uint16_t d;
  std::uint8_t qs[16];  ///< indices into kIq4Values, in Q4_0's order
};

struct [[gnu::packed]] BlockIQ4_XS {
  static constexpr DType kType = DType::kIQ4_XS;
  static constexpr int kElements = 256;
  std::uint16_t d;
  std::uint16_t scales_h;
  std::uint8_t scales_l[4];
  std::uint8_t qs[128];
};

/// The sixteen values of IQ4_NL and IQ4_XS (ggml's kvalues_iq4nl).
inline constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

struct ScaleAndMin {
  std::uint8_t scale, min;
};

/// The 6-bit scale and minimum number `index` (0..7) of a Q4_K or Q5_K block.
inline ScaleAndMin scale_and_min(const std::uint8_t* scales, int index) {
  const std::uint8_t* q = scales + index;
  if (index < 4)
    return {static_cast<std::uint8_t>(q[0] & 63), static_cast<std::uint8_t>(q[4] & 63)};
  return {static_cast<std::uint8_t>((q[4] & 15) | ((q[-4] >> 6) << 4)),
          static_cast<std::uint8_t>((q[4] >> 4) | ((q[0] >> 6) << 4))};
}

}  // namespace lab
