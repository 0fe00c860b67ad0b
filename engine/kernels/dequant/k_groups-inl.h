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

HWY_INLINE const std::byte* bytes_of(const void* block, std::size_t offset) {
  return static_cast<const std::byte*>(block) + offset;
}

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
        d_(half_at(bytes_of(block, offsetof(BlockQ2_K, d)))),
        dmin_(half_at(bytes_of(block, offsetof(BlockQ2_K, dmin)))) {}
  FloatVec operator()(int i) const {
    const int s = scales_[i * kLanes / 16];
    const IntVec q =
        hn::And(hn::ShiftRightSame(bytes_at(qs_ + i * kLanes), shift_), hn::Set(kInts, 3));
    return hn::MulSub(to_float(q), scaled(d_, s & 15), scaled(dmin_, s >> 4));
  }

 private:
  const std::uint8_t* qs_;
  const std::uint8_t* scales_;
  int shift_;
  FloatVec d_, dmin_;
};

template <>
class Group<BlockQ3_K> {
 public:
  Group(const BlockQ3_K* block, int group)
      : qs_(block->qs + group / 4 * kGroup),
        hmask_(block->hmask),
        scales_(block->scales),
        group_(group),
        d_(half_at(bytes_of(block, offsetof(BlockQ3_K, d)))) {}
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

template <>
class Group<BlockQ4_K> {
 public:
  Group(const BlockQ4_K* block, int group) : Group(block, group, scale_and_min(block->scales, group)) {}
  FloatVec operator()(int i) const {
    const IntVec bytes = bytes_at(qs_ + i * kLanes);
    const IntVec q = high_ ? hn::ShiftRight<4>(bytes) : hn::And(bytes, hn::Set(kInts, 15));
    return hn::MulSub(to_float(q), scale_, min_);
  }

 private:
  Group(const BlockQ4_K* block, int group, ScaleAndMin s)
      : qs_(block->qs + group / 2 * kGroup),
        high_(group % 2 != 0),
        scale_(scaled(half_at(block), s.scale)),
        min_(scaled(half_at(bytes_of(block, offsetof(BlockQ4_K, dmin))), s.min)) {}

  const std::uint8_t* qs_;
  bool high_;
  FloatVec scale_, min_;
};

template <>
class Group<BlockQ5_K> {
 public:
  Group(const BlockQ5_K* block, int group) : Group(block, group, scale_and_min(block->scales, group)) {}
  FloatVec operator()(int i) const {
    const IntVec bytes = bytes_at(qs_ + i * kLanes);
    const IntVec low = high_ ? hn::ShiftRight<4>(bytes) : hn::And(bytes, hn::Set(kInts, 15));
    const auto fifth = hn::Ne(hn::And(bytes_at(qh_ + i * kLanes), bit_), hn::Zero(kInts));
    const IntVec q = hn::Add(low, hn::IfThenElseZero(fifth, hn::Set(kInts, 16)));
    return hn::MulSub(to_float(q), scale_, min_);
  }

 private:
  Group(const BlockQ5_K* block, int group, ScaleAndMin s)
      : qs_(block->qs + group / 2 * kGroup),
        qh_(block->qh),
        high_(group % 2 != 0),
        bit_(hn::Set(kInts, 1 << group)),
        scale_(scaled(half_at(block), s.scale)),
        min_(scaled(half_at(bytes_of(block, offsetof(BlockQ5_K, dmin))), s.min)) {}

  const std::uint8_t* qs_;
  const std::uint8_t* qh_;
  bool high_;
  IntVec bit_;
  FloatVec scale_, min_;
};

template <>
class Group<BlockQ6_K> {
 public:
  /// 128 elements share 64 bytes of low nibbles and 32 bytes of high bit pairs.
  Group(const BlockQ6_K* block, int group)
      : ql_(block->ql + group / 4 * 64 + group % 2 * kGroup),
        qh_(block->qh + group / 4 * kGroup),
        scales_(block->scales + group * 2),
        quarter_(group % 4),
        d_(half_at(bytes_of(block, offsetof(BlockQ6_K, d)))) {}
  FloatVec operator()(int i) const {
    const IntVec bytes = bytes_at(ql_ + i * kLanes);
    const IntVec low = quarter_ >= 2 ? hn::ShiftRight<4>(bytes) : hn::And(bytes, hn::Set(kInts, 15));
    const IntVec pairs = hn::ShiftRightSame(bytes_at(qh_ + i * kLanes), 2 * quarter_);
    const IntVec high = hn::ShiftLeft<4>(hn::And(pairs, hn::Set(kInts, 3)));
    const IntVec q = hn::Sub(hn::Or(low, high), hn::Set(kInts, 32));
    return hn::Mul(scaled(d_, scales_[i * kLanes / 16]), to_float(q));
  }

 private:
  const std::uint8_t* ql_;
  const std::uint8_t* qh_;
  const std::int8_t* scales_;
  int quarter_;
  FloatVec d_;
};

template <>
class Group<BlockIQ4_XS> {
 public:
  Group(const BlockIQ4_XS* block, int group)
      : qs_(block->qs + group * 16), values_(scaled(half_at(block), scale(*block, group))) {}
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
