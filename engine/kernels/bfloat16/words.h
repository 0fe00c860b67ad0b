// Vectors of sixteen words, each of two bfloat16 numbers, and how they are put in order.
#pragma once

#include "kernels/bfloat16/bfloat16_target.h"

#if defined(__x86_64__)
#include <cstdint>

namespace lab::kernels {

/// Lanes [0, count) of 16.
inline __mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
}

/// Of 32 halves: 0, 16, 1, 17, ...: the lower sixteen and the upper sixteen in turns.
LAB_BF16 inline __m512i in_turns(__m512i halves) {
  const __m512i places = _mm512_set_epi32(0x1F000F, 0x1E000E, 0x1D000D, 0x1C000C, 0x1B000B, 0x1A000A, 0x190009, 0x180008,
                                          0x170007, 0x160006, 0x150005, 0x140004, 0x130003, 0x120002, 0x110001, 0x100000);
  return _mm512_permutexvar_epi16(places, halves);
}

/// Sixteen rows of sixteen words trade rows for columns.
LAB_BF16 inline void transpose_words(__m512i (&row)[16]) {
  __m512i other[16];
  // Within each quarter of the vectors, 4 x 4 words; then the quarters.
  LAB_UNROLL
  for (int i = 0; i < 16; i += 2) {
    other[i] = _mm512_unpacklo_epi32(row[i], row[i + 1]);
    other[i + 1] = _mm512_unpackhi_epi32(row[i], row[i + 1]);
  }
  LAB_UNROLL
  for (int i = 0; i < 16; i += 4) {
    row[i] = _mm512_unpacklo_epi64(other[i], other[i + 2]);
    row[i + 1] = _mm512_unpackhi_epi64(other[i], other[i + 2]);
    row[i + 2] = _mm512_unpacklo_epi64(other[i + 1], other[i + 3]);
    row[i + 3] = _mm512_unpackhi_epi64(other[i + 1], other[i + 3]);
  }
  // row[4 g + j] holds column 4 q + j of rows 4 g .. 4 g + 3 in its quarter q.
  LAB_UNROLL
  for (int j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(row[j], row[4 + j], 0x88), low_odd = _mm512_shuffle_i32x4(row[j], row[4 + j], 0xDD);
    const __m512i high_even = _mm512_shuffle_i32x4(row[8 + j], row[12 + j], 0x88), high_odd = _mm512_shuffle_i32x4(row[8 + j], row[12 + j], 0xDD);
    other[j] = _mm512_shuffle_i32x4(low_even, high_even, 0x88);
    other[4 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0x88);
    other[8 + j] = _mm512_shuffle_i32x4(low_even, high_even, 0xDD);
    other[12 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0xDD);
  }
  LAB_UNROLL
  for (int i = 0; i < 16; ++i) row[i] = other[i];
}

}  // namespace lab::kernels
#endif
