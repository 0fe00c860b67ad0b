// Checked arithmetic: every size that is computed from a file goes through here.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

namespace lab {

template <std::unsigned_integral U>
constexpr std::optional<U> checked_add(U a, U b) {
  U sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

template <std::unsigned_integral U>
constexpr std::optional<U> checked_mul(U a, U b) {
  U product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

/// The product of all dimensions; nullopt if it overflows, even where a later 0 would hide that.
constexpr std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> dims) {
  std::uint64_t product = 1;
  bool zero = false;
  for (std::uint64_t dim : dims) {
    if (dim == 0) { zero = true; continue; }
    auto next = checked_mul(product, dim);
    if (!next) return std::nullopt;
    product = *next;
  }
  return zero ? 0 : product;
}

/// offset rounded up to a multiple of `alignment` (a power of two).
constexpr std::optional<std::uint64_t> checked_align_up(std::uint64_t offset, std::uint64_t alignment) {
  auto padded = checked_add(offset, alignment - 1);
  if (!padded) return std::nullopt;
  return *padded & ~(alignment - 1);
}

/// Is [offset, offset + bytes) inside [0, size)? Never wraps.
constexpr bool range_fits(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

}  // namespace lab
