// Where the floats of an object live: one block, laid out by the object itself.
#pragma once

#include <cstddef>
#include <utility>

#include "simd.h"
#include "status.h"

namespace microlora {

/// At least `bytes` bytes, aligned for vectors, or null.
void* take_memory(std::size_t bytes);
void give_back_memory(void* memory);

/// Hands out parts of a block; without a block it only counts.
class Arena {
 public:
  explicit Arena(float* block = nullptr) : block_(block) {}
  float* take(std::size_t floats) {
    float* part = block_ ? block_ + used_ : nullptr;
    used_ += padded(floats);
    return part;
  }
  std::size_t used() const { return used_; }

 private:
  float* block_;
  std::size_t used_ = 0;
};

/// An object with its block. T has `void lay_out(Arena&, const Config&)`, which is called twice,
/// first to count, and `void reset()`. T holds pointers into the block, so it moves but does not
/// copy.
template <class T>
class Owned {
 public:
  Owned() = default;
  Owned(Owned&& other) noexcept
      : object_(other.object_), block_(std::exchange(other.block_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(block_, other.block_);
    return *this;
  }
  ~Owned() { give_back_memory(block_); }

  /// kRange unless config.valid(), kMemory; the object is then as before.
  template <class Config>
  Status create(const Config& config) {
    if (!config.valid()) return Status::kRange;
    Owned fresh;
    Arena counter;
    fresh.object_.lay_out(counter, config);
    fresh.block_ = take_memory(counter.used() * sizeof(float));
    if (!fresh.block_) return Status::kMemory;
    Arena arena(static_cast<float*>(fresh.block_));
    fresh.object_.lay_out(arena, config);
    fresh.object_.reset();
    *this = std::move(fresh);
    return Status::kOk;
  }

  T* operator->() { return &object_; }
  const T* operator->() const { return &object_; }
  T& operator*() { return object_; }
  const T& operator*() const { return object_; }

 private:
  T object_{};
  void* block_ = nullptr;
};

}  // namespace microlora
