// Session: the key-value cache of one token sequence and the memory to extend it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "device/arena.h"
#include "model/packed_tokens.h"
#include "model/transformer.h"

namespace lab {

/// Works with every Model that shares the shape it was made for (a base, and the base with adapters),
/// one at a time: what was fed through one model must not be continued with another.
class Session {
 public:
  /// Takes memory for `capacity` tokens, fed at most `chunk` at a time. kOutOfMemory.
  static Result<std::unique_ptr<Session>> create(Device& device, const Model& shape, std::int64_t capacity,
                                                 std::int64_t chunk = 512);

  /// Appends tokens and computes the logits of the last one. kLimit if they do not fit.
  Status feed(const Model& model, std::span<const std::int32_t> ids);
  /// kLimit if `count` more tokens do not fit.
  Status check_room(std::int64_t count) const;

  /// Next-token logits after everything fed so far, [vocab].
  std::span<const float> logits() const { return host_logits_; }
  std::span<const std::int32_t> ids() const { return ids_; }
  std::int64_t length() const { return cache_.length; }
  std::int64_t capacity() const { return cache_.capacity; }
  /// Forgets all but the first `length` tokens.
  void truncate(std::int64_t length);

 private:
  Session(Device& device, const Model& shape, std::int64_t capacity, std::int64_t chunk);
  void take_memory(Arena arena);
  void run(const Model& model, std::span<const std::int32_t> ids, bool want_logits);

  Device& device_;
  std::int64_t chunk_;
  Arena arena_;
  KvCache cache_;
  DeviceRope rope_;
  Reals logits_;
  std::vector<std::int32_t> ids_, positions_, key_begin_, key_end_, window_begin_;
  std::vector<float> host_logits_;
  ModelConfig config_;
  std::int64_t window_ = 0;
};

}  // namespace lab
