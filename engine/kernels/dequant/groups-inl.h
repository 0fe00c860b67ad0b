// Group<Block>: 32 consecutive elements of a stored row, decoded in registers, a vector at a time.
//
// Every stored type divides into groups of 32 elements that share their scales (or two of them).
// The results are the same to the bit as tensor/decode.h: products of a scale and a small integer
// are exact in float32 or rounded once, so a fused multiply-add changes nothing.

#if defined(LAB_DEQUANT_GROUPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAB_DEQUANT_GROUPS_INL_H_
#undef LAB_DEQUANT_GROUPS_INL_H_
#else
#define LAB_DEQUANT_GROUPS_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/float_vector-inl.h"
#include "tensor/blocks.h"
#include "tensor/decode.h"

HWY_BEFORE_NAMESPACE();
namespace lab::kernels::HWY_NAMESPACE {

inline constexpr int kGroup = 32;
inline constexpr int kGroupVectors = kGroup / kLanes;

using IntTag = hn::RebindToSigned<FloatTag>;
using IntVec = hn::Vec<IntTag>;
inline constexpr IntTag kInts;

struct FloatVecPair {
  FloatVec first, second;
};

/// The half floats at from[0] and from[1], each in all lanes.
HWY_INLINE FloatVecPair halves_at(const void* from) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  // Where only one half is used, compilers would load two bytes into "any" register, keeping the
  // rest of it and so waiting for whatever sum it holds. The empty statement keeps the load whole.
  std::int32_t bits;
  std::memcpy(&bits, from, sizeof bits);
  __m128i halves = _mm_cvtsi32_si128(bits);
  __asm__("" : "+x"(halves));
  const hn::VFromD<hn::CappedTag<float, 4>> two(_mm_cvtph_ps(halves));
  return {hn::Set(kFloats, hn::GetLane(two)), hn::Set(kFloats, hn::ExtractLane(two, 1))};
#else
  std::uint16_t bits[2];
  std::memcpy(bits, from, sizeof bits);
  return {hn::Set(kFloats, half_to_float(bits[0])), hn::Set(kFloats, half_to_float(bits[1]))};
#endif
}

/// A block's only half float, the first or the last two bytes of it.
template <class Block>
HWY_INLINE FloatVec first_half(const Block* block) {
  static_assert(offsetof(Block, d) == 0);
  return halves_at(block).first;
}
template <class Block>
HWY_INLINE FloatVec last_half(const Block* block) {
  static_assert(offsetof(Block, d) == sizeof(Block) - 2);
  return halves_at(reinterpret_cast<const std::byte*>(block) + sizeof(Block) - 4).second;
}

HWY_INLINE IntVec bytes_at(const std::uint8_t* from) {
  return hn::PromoteTo(kInts, hn::LoadU(hn::Rebind<std::uint8_t, IntTag>(), from));
}
HWY_INLINE IntVec bytes_at(const std::int8_t* from) {
  return hn::PromoteTo(kInts, hn::LoadU(hn::Rebind<std::int8_t, IntTag>(), from));
}

HWY_INLINE FloatVec to_float(IntVec v) { return hn::ConvertTo(kFloats, v); }

/// Elements [i * kLanes, (i + 1) * kLanes) of 32 nibbles in 16 bytes: the low ones come first.
HWY_INLINE IntVec nibbles(const std::uint8_t* qs, int i) {
  const int at = i * kLanes;
  const IntVec bytes = bytes_at(qs + at % 16);
  return at < 16 ? hn::And(bytes, hn::Set(kInts, 15)) : hn::ShiftRight<4>(bytes);
}

/// 0 and 16 where bit number i * kLanes + lane of `bits` is 0 and 1.
HWY_INLINE IntVec fifth_bits(std::uint32_t bits, int i) {
  const hn::RebindToUnsigned<FloatTag> u;
  const auto places = hn::Iota(u, static_cast<std::uint32_t>(i * kLanes));
  const auto bit = hn::And(hn::Shr(hn::Set(u, bits), places), hn::Set(u, 1u));
  return hn::BitCast(kInts, hn::ShiftLeft<4>(bit));
}

/// The decoded values of all sixteen nibbles, for instruction sets with a register of 16 lanes that
/// can be indexed; elsewhere the nibbles are converted one by one.
class NibbleValues {
 public:
#if HWY_TARGET == HWY_AVX3
  NibbleValues(FloatVec scale, FloatVec offset, float bias)
      : values_(hn::MulAdd(hn::Iota(kFloats, bias), scale, offset)) {}
  FloatVec operator()(const std::uint8_t* qs, int i) const {
    // The instruction looks at the low four bits of an index only, so they need no mask.
    const IntVec bytes = bytes_at(qs);
    return hn::TableLookupLanes(
        values_, hn::IndicesFromVec(kFloats, i == 0 ? bytes : hn::ShiftRight<4>(bytes)));
  }

 private:
  FloatVec values_;
#else
  NibbleValues(FloatVec scale, FloatVec offset, float bias)
      : scale_(scale), offset_(offset), bias_(static_cast<std::int32_t>(bias)) {}
  FloatVec operator()(const std::uint8_t* qs, int i) const {
    return hn::MulAdd(to_float(hn::Add(nibbles(qs, i), hn::Set(kInts, bias_))), scale_, offset_);
  }

 private:
  FloatVec scale_, offset_;
  std::int32_t bias_;
#endif
};

template <class Block>
class Group;

/// What all groups of a block have in common, worked out once where a whole block is read in order:
/// Group(block, group, scales). Nothing for most types.
template <class Block>
class BlockScales {
 public:
  explicit BlockScales(const Block*) {}
};

/// Types of one number an element.
template <>
class Group<float> {
 public:
  Group(const float* block, int) : from_(block) {}
  FloatVec operator()(int i) const { return hn::LoadU(kFloats, from_ + i * kLanes); }

 private:
  const float* from_;
};

template <>
class Group<double> {
 public:
  Group(const double* block, int) : from_(reinterpret_cast<const std::byte*>(block)) {}
  FloatVec operator()(int i) const {
    double wide[kLanes];
    std::memcpy(wide, from_ + i * sizeof wide, sizeof wide);
    HWY_ALIGN float narrow[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) narrow[lane] = static_cast<float>(wide[lane]);
    return hn::Load(kFloats, narrow);
  }

 private:
  const std::byte* from_;
};

template <>
class Group<hwy::float16_t> {
 public:
  Group(const hwy::float16_t* block, int) : from_(block) {}
  FloatVec operator()(int i) const {
    return hn::PromoteTo(
        kFloats, hn::LoadU(hn::Rebind<hwy::float16_t, FloatTag>(), from_ + i * kLanes));
  }

 private:
  const hwy::float16_t* from_;
};

template <>
class Group<hwy::bfloat16_t> {
 public:
  Group(const hwy::bfloat16_t* block, int) : from_(block) {}
  FloatVec operator()(int i) const {
    return hn::PromoteTo(
        kFloats, hn::LoadU(hn::Rebind<hwy::bfloat16_t, FloatTag>(), from_ + i * kLanes));
  }

 private:
  const hwy::bfloat16_t* from_;
};

template <>
class Group<BlockQ4_0> {
 public:
  Group(const BlockQ4_0* block, int)
      : qs_(block->qs), values_(first_half(block), hn::Zero(kFloats), -8.0f) {}
  FloatVec operator()(int i) const { return values_(qs_, i); }

 private:
  const std::uint8_t* qs_;
  NibbleValues values_;
};

template <>
class Group<BlockQ4_1> {
 public:
  Group(const BlockQ4_1* block, int) : Group(block, halves_at(block)) {}
  FloatVec operator()(int i) const { return values_(qs_, i); }

 private:
  Group(const BlockQ4_1* block, FloatVecPair s)
      : qs_(block->qs), values_(s.first, s.second, 0.0f) {}

  const std::uint8_t* qs_;
  NibbleValues values_;
};

template <>
class Group<BlockQ5_0> {
 public:
  Group(const BlockQ5_0* block, int) : block_(block), d_(first_half(block)) {}
  FloatVec operator()(int i) const {
    const IntVec q = hn::Or(nibbles(block_->qs, i), fifth_bits(block_->qh, i));
    return hn::Mul(to_float(hn::Sub(q, hn::Set(kInts, 16))), d_);
  }

 private:
  const BlockQ5_0* block_;
  FloatVec d_;
};

template <>
class Group<BlockQ5_1> {
 public:
  Group(const BlockQ5_1* block, int) : block_(block), scales_(halves_at(block)) {}
  FloatVec operator()(int i) const {
    const IntVec q = hn::Or(nibbles(block_->qs, i), fifth_bits(block_->qh, i));
    return hn::MulAdd(to_float(q), scales_.first, scales_.second);
  }

 private:
  const BlockQ5_1* block_;
  FloatVecPair scales_;
};

template <>
class Group<BlockQ8_0> {
 public:
  Group(const BlockQ8_0* block, int) : qs_(block->qs), d_(first_half(block)) {}
  FloatVec operator()(int i) const {
    return hn::Mul(to_float(bytes_at(qs_ + i * kLanes)), d_);
  }

 private:
  const std::int8_t* qs_;
  FloatVec d_;
};

/// The values of IQ4_NL and IQ4_XS for 32 nibbles, times d.
class Iq4Values {
 public:
  explicit Iq4Values(FloatVec d) : d_(d) {}
  FloatVec operator()(const std::uint8_t* qs, int i) const {
    HWY_ALIGN float values[kLanes];
    const int at = i * kLanes;
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::uint8_t byte = qs[(at + lane) % 16];
      values[lane] = static_cast<float>(kIq4Values[at < 16 ? byte & 15 : byte >> 4]);
    }
    return hn::Mul(hn::Load(kFloats, values), d_);
  }

 private:
  FloatVec d_;
};

template <>
class Group<BlockIQ4_NL> {
 public:
  Group(const BlockIQ4_NL* block, int) : qs_(block->qs), values_(first_half(block)) {}
  FloatVec operator()(int i) const { return values_(qs_, i); }

 private:
  const std::uint8_t* qs_;
  Iq4Values values_;
};

}  // namespace lab::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
