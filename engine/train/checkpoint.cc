#include "train/checkpoint.h"

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/cat.h"
#include "base/out_of_memory.h"
#include "base/paths.h"
#include "base/sha256.h"
#include "file/atomic_file.h"
#include "file/disk.h"
#include "file/locked_file.h"
#include "file/safetensors.h"

namespace lab {
namespace {

constexpr std::int64_t kPiece = 1 << 18;  // numbers that are copied from the device at a time
constexpr std::int64_t kVersion = 2;

std::string path_in(const std::string& folder, std::string_view name) { return (std::filesystem::path(folder) / name).string(); }

struct State { const char* name; Reals values; };
std::array<State, 3> states(const Trainer& trainer) {
  return {State{"params", trainer.params()}, State{"moment1", trainer.moment1()}, State{"moment2", trainer.moment2()}};
}

/// Calls sink(bytes) for the numbers of all states, piece by piece.
template <class Sink>
Status stream(const Trainer& trainer, const Sink& sink) {
  std::vector<float> piece;
  for (const State& state : states(trainer))
    for (std::int64_t first = 0; first < state.values.count; first += kPiece) {
      piece.resize(static_cast<std::size_t>(std::min(kPiece, state.values.count - first)));
      trainer.device().read(state.values.slice(first, static_cast<std::int64_t>(piece.size())), piece.data());
      LAB_CHECK(sink(std::as_bytes(std::span(piece))));
    }
  return {};
}

Json to_json(const CheckpointInfo& info, std::int64_t parameters) {
  Json json = Json::Object{};
  json.set("version", kVersion).set("step", info.step).set("tokens", info.tokens).set("parameters", parameters);
  json.set("epoch", info.cursor.epoch).set("index", info.cursor.index);
  json.set("model_sha256", info.model_sha256).set("corpus_sha256", info.corpus_sha256);
  json.set("rows_sha256", info.rows_sha256).set("program", info.program).set("device", info.device);
  json.set("settings", info.settings).set("history", info.history);
  return json;
}

Result<CheckpointInfo> from_json(const Json& json) {
  CheckpointInfo info;
  LAB_TRY(const std::int64_t version, need_integer(json, "version"));
  if (version != kVersion)
    return fail(Error{Code::kUnsupported, cat("the checkpoint is of version ", version, ", this program knows ", kVersion)}
                    .of("version").fix("Use the program that wrote it."));
  LAB_TRY(info.step, need_integer(json, "step"));
  LAB_TRY(info.tokens, need_integer(json, "tokens"));
  LAB_TRY(info.cursor.epoch, need_integer(json, "epoch"));
  LAB_TRY(info.cursor.index, need_integer(json, "index"));
  LAB_TRY(info.model_sha256, need_string(json, "model_sha256"));
  LAB_TRY(info.corpus_sha256, need_string(json, "corpus_sha256"));
  LAB_TRY(info.rows_sha256, need_string(json, "rows_sha256"));
  LAB_TRY(info.program, need_string(json, "program"));
  LAB_TRY(info.device, need_string(json, "device"));
  if (info.step < 0 || info.tokens < 0) return fail(Error{Code::kCorrupt, "the checkpoint counts below zero"}.of("step"));
  if (const Json* settings = json.find("settings")) info.settings = *settings;
  if (const Json* history = json.find("history")) info.history = *history;
  return info;
}

/// Opens one checkpoint file and checks that its numbers are those that were written.
struct Opened { Safetensors file; CheckpointInfo info; };
Result<Opened> open(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(Safetensors file, Safetensors::read(source));
  const auto json_text = file.metadata().find("checkpoint"), digest = file.metadata().find("sha256");
  if (json_text == file.metadata().end() || digest == file.metadata().end())
    return fail(Error{Code::kCorrupt, "this is no checkpoint: its metadata lacks the state"}.in(path));
  Sha256 hash;
  hash.update(std::as_bytes(std::span(json_text->second)));
  for (const char* name : {"params", "moment1", "moment2"}) {
    const TensorView* view = file.tensor(name);
    if (view == nullptr || view->dtype != DType::kF32 || view->shape.size() != 1)
      return fail(Error{Code::kCorrupt, "the checkpoint lacks part of its state"}.in(path).of(name));
    hash.update(view->bytes);
  }
  if (hex(hash.finish()) != digest->second)
    return fail(Error{Code::kCorrupt, "the checkpoint's content does not have the SHA-256 that it was written with"}.in(path)
                    .of("sha256").fix("The file was damaged after it was written."));
  LAB_TRY(const Json json, parse_json(json_text->second, path));
  LAB_TRY(CheckpointInfo info, from_json(json));
  return Opened{std::move(file), std::move(info)};
}

Result<Opened> open_newest(const std::string& folder, std::string* note) {
  const std::string current = path_in(folder, kCheckpointFile), previous = path_in(folder, kPreviousCheckpointFile);
  auto opened = open(current);
  if (opened || !path_exists(previous)) return opened;
  auto older = open(previous);
  if (!older) return opened;
  if (note != nullptr && opened.error().code != Code::kNotFound) *note = cat(opened.error().text(), " Going on from the checkpoint before it.");
  return older;
}

/// Gives the current file a second name, so that replacing it leaves the one before in place.
void keep_previous(const std::string& current, const std::string& previous) {
  const std::string second = previous + ".link";
  disk().unlink(second.c_str());
  if (disk().link(current.c_str(), second.c_str()) == 0) disk().rename(second.c_str(), previous.c_str());
  disk().unlink(second.c_str());  // still there if both are one file already: then a rename does nothing
}

}  // namespace

Status write_checkpoint(const std::string& folder, const Trainer& trainer, const CheckpointInfo& info) {
  const std::string path = path_in(folder, kCheckpointFile);
  const std::string state = to_json(info, trainer.params().count).dump();
  Sha256 hash;
  hash.update(std::as_bytes(std::span(state)));
  LAB_CHECK(stream(trainer, [&](std::span<const std::byte> bytes) -> Status { hash.update(bytes); return {}; }));
  std::vector<NamedTensor> tensors;
  for (const State& part : states(trainer)) {
    // The header needs sizes only; the bytes follow piece by piece.
    const auto count = static_cast<std::uint64_t>(part.values.count);
    tensors.push_back({part.name, {DType::kF32, {count}, {static_cast<const std::byte*>(nullptr), static_cast<std::size_t>(count * 4)}}});
  }
  const std::string header = safetensors_header(tensors, {{"checkpoint", state}, {"sha256", hex(hash.finish())}});
  auto write = [&]() -> Status {
    LAB_TRY(AtomicFile file, AtomicFile::create(path));
    LAB_CHECK(file.write(header));
    LAB_CHECK(stream(trainer, [&](std::span<const std::byte> bytes) { return file.write(bytes); }));
    keep_previous(path, path_in(folder, kPreviousCheckpointFile));
    return file.commit();
  };
  Status written = write();
  if (!written && written.error().code == Code::kDiskFull)
    written.error().remedy = cat("The checkpoint needs ", header.size() + 12 * static_cast<std::uint64_t>(trainer.params().count),
                                 " bytes: free some space on the disk.");
  return written;
}

Result<std::string> clean_run_folder(const std::string& folder) {
  const std::string current = path_in(folder, kCheckpointFile), damaged = path_in(folder, kDamagedCheckpointFile);
  std::string note;
  if (path_exists(current)) {
    const auto opened = open(current);
    if (!opened && open(path_in(folder, kPreviousCheckpointFile))) {
      if (disk().rename(current.c_str(), damaged.c_str()) != 0)
        return fail(system_error(current, "set the damaged checkpoint aside", errno));
      note = cat(opened.error().text(), " It is kept as ", kDamagedCheckpointFile, "; the checkpoint before it is whole.");
    }
  }
  for (const std::string& name : names_in(folder))
    if (name.ends_with(".part") || name.ends_with(".link")) disk().unlink(path_in(folder, name).c_str());
  return note;
}

void discard_checkpoints(const std::string& folder) {
  for (const char* name : {kPreviousCheckpointFile, kDamagedCheckpointFile, kCheckpointFile})
    disk().unlink(path_in(folder, name).c_str());
}

Result<CheckpointInfo> read_checkpoint(const std::string& folder, Trainer& trainer, std::string* note) {
  return or_out_of_memory("reading the checkpoint", [&]() -> Result<CheckpointInfo> {
    LAB_TRY(const Opened opened, open_newest(folder, note));
    for (const State& state : states(trainer)) {
      const TensorView* view = opened.file.tensor(state.name);
      if (view->shape[0] != static_cast<std::uint64_t>(state.values.count))
        return fail(Error{Code::kMismatch, cat("the checkpoint has ", view->shape[0], " parameters and this run ", state.values.count)}
                        .in(opened.file.name()).of(state.name).fix("Resume with the settings that the run was started with."));
      trainer.device().write(state.values, reinterpret_cast<const float*>(view->bytes.data()));
    }
    trainer.restored(opened.info.step);
    return opened.info;
  });
}

Result<CheckpointInfo> read_checkpoint_info(const std::string& folder) {
  return or_out_of_memory("reading the checkpoint", [&]() -> Result<CheckpointInfo> {
    LAB_TRY(const Opened opened, open_newest(folder, nullptr));
    return opened.info;
  });
}

}  // namespace lab
