// MicroLora as bytes and as a file.
#include <cstdio>
#include <memory>

#include "byte_state.h"
#include "micro_lora.h"
#include "strict.h"

namespace microlora {
namespace {

void put_gradient(ByteWriter& w, const FeedbackAdapter& core) {
  const Shape& s = core.shape;
  w.put(core.gradient.count);
  if (!core.gradient.count) return;
  w.put_rows(core.gradient.a, s.in, s.rank);
  w.put_rows(core.gradient.b, s.out, s.rank);
}

bool get_gradient(ByteReader& r, FeedbackAdapter& core) {
  const Shape& s = core.shape;
  core.gradient.count = r.get<std::uint32_t>();
  return !core.gradient.count ||
         (r.get_rows(core.gradient.a, s.in, s.rank) && r.get_rows(core.gradient.b, s.out, s.rank));
}

using Cores = std::map<TargetModule, const FeedbackAdapter*>;

std::size_t write(const MicroLora& lora, const Cores& cores, std::uint8_t* out) {
  ByteWriter w(Kind::kMicroLora, out);
  w.put(lora.config().rank);
  w.put(lora.config().alpha);
  w.put(lora.config().in_features);
  w.put(lora.config().out_features);
  w.put(lora.config().clip);
  w.put(lora.config().seed);
  w.put(lora.adaptation_count());
  w.put(lora.forward_count());
  w.put(std::uint32_t{lora.is_enabled()});
  w.put(static_cast<std::uint32_t>(cores.size()));
  for (const auto& [module, core] : cores) {
    w.put(static_cast<std::uint32_t>(module));
    w.put(core->shape);
    w.put(core->scale);
    w.put(core->seed);
    w.put_rows(core->a, core->shape.in, core->shape.rank);
    w.put_rows(core->b, core->shape.out, core->shape.rank);
    put_gradient(w, *core);
    w.put(core->explorer.state);
    w.put(core->counts);
  }
  return w.finish();
}

std::unexpected<Error> refuse(Status status) { return std::unexpected(describe(status, "load")); }

}  // namespace

std::vector<std::uint8_t> MicroLora::save_bytes() const {
  Cores cores;
  for (const auto& [module, adapter] : adapters_) cores.emplace(module, &adapter.core());
  std::vector<std::uint8_t> bytes(write(*this, cores, nullptr));
  write(*this, cores, bytes.data());
  return bytes;
}

Result<MicroLora> MicroLora::load_bytes(std::span<const std::uint8_t> bytes) {
  ByteReader r(Kind::kMicroLora, bytes.data(), bytes.size());
  if (r.status != Status::kOk) return refuse(r.status);
  MicroLora lora;
  lora.config_.rank = r.get<std::uint32_t>();
  lora.config_.alpha = r.get<float>();
  lora.config_.in_features = r.get<std::uint32_t>();
  lora.config_.out_features = r.get<std::uint32_t>();
  lora.config_.clip = r.get<float>();
  lora.config_.seed = r.get<std::uint64_t>();
  lora.adaptations_ = r.get<std::uint64_t>();
  lora.forwards_ = r.get<std::uint64_t>();
  lora.enabled_ = r.get<std::uint32_t>() != 0;
  lora.config_.target_modules.clear();
  const auto count = r.get<std::uint32_t>();
  if (!r.good() || count > kTargetModules || !(lora.config_.clip > 0))
    return refuse(Status::kRange);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto id = r.get<std::uint32_t>();
    const Shape shape = r.get<Shape>();
    const auto scale = r.get<float>();
    const auto seed = r.get<std::uint64_t>();
    if (!r.good() || id >= kTargetModules || !shape.valid() || shape.rank != lora.config_.rank) {
      return refuse(Status::kRange);
    }
    if (r.left() / sizeof(float) < std::size_t{shape.rank} * (shape.in + shape.out))
      return refuse(Status::kShape);
    const auto module = static_cast<TargetModule>(id);
    auto adapter = LoraAdapter::make(shape.in, shape.out, shape.rank,
                                     scale * static_cast<float>(shape.rank), seed);
    if (!adapter) return std::unexpected(adapter.error());
    FeedbackAdapter& core = adapter->core();
    core.scale = scale;
    if (!r.get_rows(core.a, shape.in, shape.rank) || !r.get_rows(core.b, shape.out, shape.rank) ||
        !get_gradient(r, core)) {
      return refuse(r.good() ? Status::kNotFinite : Status::kShape);
    }
    core.explorer.state = r.get<ExplorerState>();
    core.counts = r.get<FeedbackAdapter::Counts>();
    if (!r.good() || !core.explorer.state.valid()) return refuse(Status::kRange);
    if (!lora.adapters_.emplace(module, *std::move(adapter)).second) return refuse(Status::kShape);
    lora.config_.target_modules.push_back(module);
  }
  if (!r.good() || r.left()) return refuse(Status::kShape);
  return lora;
}

Result<void> MicroLora::save(const std::string& path) const {
  const std::vector<std::uint8_t> bytes = save_bytes();
  const std::string part = path + ".part";  // a crash in the middle leaves the old file whole
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (!file) return refuse(Status::kIo);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (std::fclose(file) != 0 || !written || std::rename(part.c_str(), path.c_str()) != 0) {
    std::remove(part.c_str());
    return refuse(Status::kIo);
  }
  return {};
}

Result<MicroLora> MicroLora::load(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (!file) return refuse(Status::kIo);
  std::vector<std::uint8_t> bytes;
  std::uint8_t chunk[4096];
  for (std::size_t n; (n = std::fread(chunk, 1, sizeof chunk, file.get())) > 0;) {
    bytes.insert(bytes.end(), chunk, chunk + n);
  }
  if (std::ferror(file.get())) return refuse(Status::kIo);
  return load_bytes(bytes);
}

}  // namespace microlora
