// Group<Block> for the types whose blocks of 256 elements hold scales of their own.

#if defined(LAB_DEQUANT_K_GROUPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_DEQUANT_K_GROUPS_INL_H_
#undef LAB_DEQUANT_K_GROUPS_INL_H_
#else
#define LAB_DEQUANT_K_GROUPS_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dequant/groups-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

/// d times a small integer: exact.
HWY_INLINE FloatVec scaled(FloatVec d, int scale) {
  return hn::Mul(d, hn::Set(kFloats, static_cast<float>(scale)));
}

template <>
class Group<BlockQ2_K> {
 public:
  Group(const BlockQ2_K* block, int group)
      : qs_(block->qs + group / 4 * kGroup),
        scales_(block->scales + group * 2),
        shift_(group % 4 * 2),
        d_(halves_at(reinterpret_cast<const std::byte*>(block) + offsetof(BlockQ2_K, d))) {}
  FloatVec operator()(int i) const {
    const int s = scales_[i * kLanes / 16];
    const IntVec q =
        hn::And(hn::ShiftRightSame(bytes_at(qs_ + i * kLanes), shift_), hn::Set(kInts, 3));
    return hn::MulSub(to_float(q), scaled(d_.first, s & 15), scaled(d_.second, s >> 4));
  }

 private:
  const std::uint8_t* qs_;
  const std::uint8_t* scales_;
  int shift_;
  FloatVecPair d_;
};

template <>
class Group<BlockQ3_K> {
 public:
  Group(const BlockQ3_K* block, int group)
      : qs_(block->qs + group / 4 * kGroup),
        hmask_(block->hmask),
        scales_(block->scales),
        group_(group),
        d_(last_half(block)) {}
  FloatVec operator()(int i) const {
    // Low nibbles of the 16 scales lie in bytes 0..7, their upper two bits in bytes 8..11.
    const int s = group_ * 2 + i * kLanes / 16;
    const int low = s < 8 ? scales_[s] & 15 : scales_[s - 8] >> 4;
    const int scale = (low | (scales_[8 + s % 4] >> (s / 4 * 2) & 3) << 4) - 32;
    const IntVec pairs = hn::ShiftRightSame(bytes_at(qs_ + i * kLanes), group_ % 4 * 2);
    const IntVec high = hn::ShiftRightSame(bytes_at(hmask_ + i * kLanes), group_);
    const IntVec q = hn::Or(hn::And(pairs, hn::Set(kInts, 3)),
                            hn::ShiftLeft<2>(hn::And(high, hn::Set(kInts, 1))));
    return hn::Mul(scaled(d_, scale), to_float(hn::Sub(q, hn::Set(kInts, 4))));
  }

 private:
  const std::uint8_t* qs_;
  const std::uint8_t* hmask_;
  const std::uint8_t* scales_;
  int group_;
  FloatVec d_;
};

/// Scales of the eight groups of a Q4_K or Q5_K block, all unpacked at once.
template <class Block>
class PairScales {
 public:
  explicit PairScales(const Block* block) {
    std::uint32_t low, mid, top;
    std::memcpy(&low, block->scales, 4);
    std::memcpy(&mid, block->scales + 4, 4);
    std::memcpy(&top, block->scales + 8, 4);
    // Four 6-bit numbers a word; scale_and_min() says where their bits lie.
    constexpr std::uint32_t kSix = 0x3f3f3f3f, kFour = 0x0f0f0f0f, kTwo = 0x03030303;
    const std::uint64_t scales_high = (top & kFour) | (low >> 6 & kTwo) << 4;
    const std::uint64_t mins_high = (top >> 4 & kFour) | (mid >> 6 & kTwo) << 4;
    const FloatVecPair d = halves_at(block);
    store(scales_high << 32 | (low & kSix), d.first, scale);
    store(mins_high << 32 | (mid & kSix), d.second, min);
  }

  HWY_ALIGN float scale[8];
  HWY_ALIGN float min[8];

 private:
  static void store(std::uint64_t bytes, FloatVec d, float* to) {
    const hn::CappedTag<float, 8> floats;
    const hn::Rebind<std::int32_t, decltype(floats)> ints;
    const hn::Rebind<std::uint8_t, decltype(floats)> small;
    const auto factor = hn::Set(floats, hn::GetLane(d));
    for (std::size_t i = 0; i < 8; i += hn::Lanes(floats)) {
      const auto v = hn::LoadU(small, reinterpret_cast<const std::uint8_t*>(&bytes) + i);
      hn::Store(hn::Mul(hn::ConvertTo(floats, hn::PromoteTo(ints, v)), factor), floats, to + i);
    }
  }
};

template <>
class BlockScales<BlockQ4_K> : public PairScales<BlockQ4_K> {
  using PairScales::PairScales;
};
template <>
class BlockScales<BlockQ5_K> : public PairScales<BlockQ5_K> {
  using PairScales::PairScales;
};

template <>
class BlockScales<BlockQ6_K> {
 public:
  explicit BlockScales(const BlockQ6_K* block) {
    const FloatVec d = last_half(block);
    for (int i = 0; i < 16; i += kLanes)
      hn::Store(hn::Mul(d, to_float(bytes_at(block->scales + i))), kFloats, scale + i);
  }

  HWY_ALIGN float scale[16];
};

template <>
class Group<BlockQ4_K> {
 public:
  Group(const BlockQ4_K* block, int group)
      : Group(block, group, halves_at(block), scale_and_min(block->scales, group)) {}
  Group(const BlockQ4_K* block, int group, const BlockScales<BlockQ4_K>& s)
      : Group(block, group, hn::Set(kFloats, s.scale[group]), hn::Set(kFloats, s.min[group])) {}
  FloatVec operator()(int i) const {
    const IntVec bytes = bytes_at(qs_ + i * kLanes);
    const IntVec q = high_ ? hn::ShiftRight<4>(bytes) : hn::And(bytes, hn::Set(kInts, 15));
    return hn::MulSub(to_float(q), scale_, min_);
  }

 private:
  Group(const BlockQ4_K* block, int group, FloatVecPair d, ScaleAndMin s)
      : Group(block, group, scaled(d.first, s.scale), scaled(d.second, s.min)) {}
  Group(const BlockQ4_K* block, int group, FloatVec scale, FloatVec min)
      : qs_(block->qs + group / 2 * kGroup),
        high_(group % 2 != 0),
        scale_(scale),
        min_(min) {}

  const std::uint8_t* qs_;
  bool high_;
  FloatVec scale_, min_;
};

template <>
class Group<BlockQ5_K> {
 public:
  Group(const BlockQ5_K* block, int group)
      : Group(block, group, halves_at(block), scale_and_min(block->scales, group)) {}
  Group(const BlockQ5_K* block, int group, const BlockScales<BlockQ5_K>& s)
      : Group(block, group, hn::Set(kFloats, s.scale[group]), hn::Set(kFloats, s.min[group])) {}
  FloatVec operator()(int i) const {
    const IntVec bytes = bytes_at(qs_ + i * kLanes);
    const IntVec low = high_ ? hn::ShiftRight<4>(bytes) : hn::And(bytes, hn::Set(kInts, 15));
    const auto fifth = hn::Ne(hn::And(bytes_at(qh_ + i * kLanes), bit_), hn::Zero(kInts));
    const IntVec q = hn::Add(low, hn::IfThenElseZero(fifth, hn::Set(kInts, 16)));
    return hn::MulSub(to_float(q), scale_, min_);
  }

 private:
  Group(const BlockQ5_K* block, int group, FloatVecPair d, ScaleAndMin s)
      : Group(block, group, scaled(d.first, s.scale), scaled(d.second, s.min)) {}
  Group(const BlockQ5_K* block, int group, FloatVec scale, FloatVec min)
      : qs_(block->qs + group / 2 * kGroup),
        qh_(block->qh),
        high_(group % 2 != 0),
        bit_(hn::Set(kInts, 1 << group)),
        scale_(scale),
        min_(min) {}

  const std::uint8_t* qs_;
  const std::uint8_t* qh_;
  bool high_;
  IntVec bit_;
  FloatVec scale_, min_;
};

template <>
class Group<BlockQ6_K> {
 public:
  Group(const BlockQ6_K* block, int group)
      : Group(block, group, scaled(last_half(block), block->scales[group * 2]),
              scaled(last_half(block), block->scales[group * 2 + 1])) {}
  Group(const BlockQ6_K* block, int group, const BlockScales<BlockQ6_K>& s)
      : Group(block, group, hn::Set(kFloats, s.scale[group * 2]),
              hn::Set(kFloats, s.scale[group * 2 + 1])) {}
  FloatVec operator()(int i) const {
    const IntVec bytes = bytes_at(ql_ + i * kLanes);
    const IntVec low = high_ ? hn::ShiftRight<4>(bytes) : hn::And(bytes, hn::Set(kInts, 15));
    const IntVec pairs = hn::ShiftRightSame(bytes_at(qh_ + i * kLanes), shift_);
    const IntVec high = hn::ShiftLeft<4>(hn::And(pairs, hn::Set(kInts, 3)));
    const IntVec q = hn::Sub(hn::Or(low, high), hn::Set(kInts, 32));
    return hn::Mul(i * kLanes < 16 ? first_ : second_, to_float(q));
  }

 private:
  /// 128 elements share 64 bytes of low nibbles and 32 bytes of high bit pairs.
  Group(const BlockQ6_K* block, int group, FloatVec first, FloatVec second)
      : ql_(block->ql + group / 4 * 64 + group % 2 * kGroup),
        qh_(block->qh + group / 4 * kGroup),
        high_(group % 4 >= 2),
        shift_(group % 4 * 2),
        first_(first),
        second_(second) {}

  const std::uint8_t* ql_;
  const std::uint8_t* qh_;
  bool high_;
  int shift_;
  FloatVec first_, second_;  // of the first and the last 16 elements
};

template <>
class Group<BlockIQ4_XS> {
 public:
  Group(const BlockIQ4_XS* block, int group)
      : qs_(block->qs + group * 16), values_(scaled(first_half(block), scale(*block, group))) {}
  FloatVec operator()(int i) const { return values_(qs_, i); }

 private:
  static int scale(const BlockIQ4_XS& block, int group) {
    const int low = block.scales_l[group / 2] >> (group % 2 * 4) & 15;
    return (low | (block.scales_h >> (group * 2) & 3) << 4) - 32;
  }

  const std::uint8_t* qs_;
  Iq4Values values_;
};

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
