#include "file/shards.h"

#include "base/cat.h"
#include "base/mapped_file.h"
#include "file/json.h"

namespace lab {
namespace {

constexpr std::string_view kSingle = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";

constexpr std::string_view kAgain = "Download the model's files again.";

std::string in_folder(const std::string& folder, std::string_view name) {
  return folder.ends_with('/') ? cat(folder, name) : cat(folder, "/", name);
}

/// A file of the folder itself: nothing that leads elsewhere on any system.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of("/\\:") == name.npos &&
         !name.contains('\0');
}

/// tensor name -> shard, as the index has it.
Result<Json> read_index(const std::string& path) {
  LAB_TRY(const auto source, map_file(path));
  const auto bytes = source->bytes();
  LAB_TRY(const Json index,
          parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path));
  const auto refuse = [&](Code code, std::string message, std::string_view field) {
    return fail(Error{code, std::move(message)}.in(path).of(field).fix(kAgain));
  };
  const Json* weight_map = index.find("weight_map");
  if (weight_map == nullptr || !weight_map->is_object())
    return refuse(Code::kBadJson, "the index has no object 'weight_map'", "weight_map");
  if (weight_map->object().empty())
    return refuse(Code::kEmpty, "the index lists no tensor", "weight_map");
  for (const auto& [tensor, shard] : weight_map->object()) {
    if (!shard.is_string()) return refuse(Code::kBadJson, "the shard is not a text", tensor);
    if (!is_plain_name(shard.string()))
      return refuse(Code::kCorrupt,
                    cat("the shard '", shard.string(), "' is not a file of this folder"), tensor);
  }
  return *weight_map;
}

}  // namespace

Result<Shards> Shards::open(const std::string& folder) {
  Shards shards;
  const std::string single = in_folder(folder, kSingle), index = in_folder(folder, kIndex);
  auto added = shards.add(single);
  if (added) return shards;
  if (added.error().code != Code::kNotFound) return fail(std::move(added).error());

  const auto weight_map = read_index(index);
  if (!weight_map) {
    if (weight_map.error().code != Code::kNotFound) return fail(Error(weight_map.error()));
    return fail(Error{Code::kNotFound, cat("the folder has neither ", kSingle, " nor ", kIndex)}
                    .in(folder).fix("Give a folder with a model in safetensors format."));
  }
  std::map<std::string_view, const Safetensors*> by_name;
  for (const auto& [tensor, shard] : weight_map->object()) by_name.emplace(shard.string(), nullptr);
  shards.files_.reserve(by_name.size());  // so that the addresses below stay
  for (auto& [name, file] : by_name) {
    LAB_CHECK(shards.add(in_folder(folder, name)));
    file = &shards.files_.back();
  }
  for (const auto& [tensor, shard] : weight_map->object())
    if (by_name.at(shard.string())->tensor(tensor) == nullptr)
      return fail(Error{Code::kCorrupt, cat("the tensor is not in its shard, ", shard.string())}
                      .in(index).of(tensor).fix(kAgain));
  return shards;
}

Status Shards::add(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(auto file, Safetensors::read(std::move(source)));
  files_.push_back(std::move(file));
  for (const auto& [name, view] : files_.back().tensors())
    if (!index_.emplace(name, &view).second)
      return fail(Error{Code::kCorrupt, "the tensor is in two shards"}.in(path).of(name).fix(kAgain));
  return {};
}

const TensorView* Shards::tensor(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : found->second;
}

}  // namespace lab
