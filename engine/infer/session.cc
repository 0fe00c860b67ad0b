#include "infer/session.h"

#include <algorithm>

#include "base/cat.h"
#include "device/count/count_device.h"

namespace lab {
namespace {
constexpr std::uint64_t kUnlimited = UINT64_MAX / 2;
}

Session::Session(Device& device, const Model& shape, std::int64_t capacity, std::int64_t chunk)
    : device_(device), chunk_(std::min(chunk, capacity)), arena_(0, kUnlimited, device.real_bytes()),
      host_logits_(static_cast<std::size_t>(shape.config.vocab)), config_(shape.config) {
  for (std::int64_t window : config_.windows) window_ = std::max(window_, window);
  cache_.capacity = capacity;
  ids_.reserve(static_cast<std::size_t>(capacity));
}

void Session::take_memory(Arena arena) {
  cache_ = take_kv_cache(arena, config_, cache_.capacity);
  rope_ = write_rope(device_, arena, config_, cache_.capacity);
  logits_ = arena.reals(config_.vocab);
  arena_ = arena;
}

Result<std::unique_ptr<Session>> Session::create(Device& device, const Model& shape, std::int64_t capacity,
                                                 std::int64_t chunk) {
  CountDevice counting(device.real_dtype());
  Session dry(counting, shape, capacity, chunk);
  dry.take_memory(Arena(0, kUnlimited, device.real_bytes()));
  const std::vector<std::int32_t> most(static_cast<std::size_t>(dry.chunk_), 0);
  dry.run(shape, most, true);
  const std::uint64_t bytes = dry.arena_.peak_bytes();
  LAB_TRY(const std::uint64_t address, device.allocate(bytes));
  std::unique_ptr<Session> session(new Session(device, shape, capacity, chunk));
  session->take_memory(Arena(address, bytes, device.real_bytes()));
  return session;
}

void Session::run(const Model& model, std::span<const std::int32_t> ids, bool want_logits) {
  const Arena::Scope scope(arena_);
  Pass pass{device_, arena_, static_cast<std::int64_t>(ids.size()), {}, {}, {}, {}, {}, rope_.cosines, rope_.sines, {}};
  const auto past = static_cast<std::int32_t>(cache_.length);
  positions_.resize(ids.size());
  key_begin_.assign(ids.size(), 0);
  key_end_.resize(ids.size());
  window_begin_.resize(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    positions_[i] = past + static_cast<std::int32_t>(i);
    key_end_[i] = positions_[i] + 1;
    window_begin_[i] = static_cast<std::int32_t>(std::max<std::int64_t>(0, key_end_[i] - window_));
  }
  auto put = [&](std::span<const std::int32_t> values) {
    const Ints ints = arena_.ints(pass.tokens);
    device_.write(ints, values.data());
    return ints;
  };
  pass.ids = put(ids);
  pass.positions = put(positions_);
  pass.key_begin = put(key_begin_);
  pass.key_end = put(key_end_);
  if (window_ > 0) pass.window_begin = put(window_begin_);
  decode_pass(pass, model, cache_, want_logits ? logits_ : Reals{});
}

Status Session::check_room(std::int64_t count) const {
  if (count <= capacity() - length()) return {};
  return fail(Error{Code::kLimit, cat("the context holds ", capacity(), " tokens and ", length() + count, " are needed")}
                  .of("context").fix("Take a larger --context or a shorter text."));
}

Status Session::feed(const Model& model, std::span<const std::int32_t> ids) {
  LAB_CHECK(check_room(static_cast<std::int64_t>(ids.size())));
  while (!ids.empty()) {
    const std::size_t count = std::min(ids.size(), static_cast<std::size_t>(chunk_));
    run(model, ids.first(count), count == ids.size());
    ids_.insert(ids_.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count));
    ids = ids.subspan(count);
    if (ids.empty()) device_.read(logits_, host_logits_.data());
  }
  return {};
}

void Session::truncate(std::int64_t length) {
  cache_.length = std::min(cache_.length, length);
  ids_.resize(static_cast<std::size_t>(cache_.length));
}

}  // namespace lab
