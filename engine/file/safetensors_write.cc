#include <bit>
#include <cstring>
#include <set>

#include "base/cat.h"
#include "file/atomic_file.h"
#include "file/json.h"
#include "file/safetensors.h"

namespace lab {
namespace {

Status check_writable(const std::string& path, const std::vector<NamedTensor>& tensors) {
  std::set<std::string_view> names{"__metadata__"};
  for (const auto& [tensor_name, view] : tensors) {
    const auto refuse = [&](std::string message) {
      return fail(Error{Code::kBadArgument, std::move(message)}.in(path).of(tensor_name));
    };
    if (!names.insert(tensor_name).second) return refuse("this tensor's name is already taken");
    if (!dtype_from_safetensors(name(view.dtype)))
      return refuse(cat("safetensors files cannot hold the type ", name(view.dtype)));
    if (storage_bytes(view.dtype, view.elements()) != view.bytes.size())
      return refuse("the tensor's bytes do not fit its shape");
  }
  return {};
}

}  // namespace

std::string safetensors_header(const std::vector<NamedTensor>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  static_assert(std::endian::native == std::endian::little);
  Json::Object header;
  header.reserve(tensors.size() + 1);
  if (!metadata.empty()) {
    Json::Object entries;
    for (const auto& [key, value] : metadata) entries.emplace_back(key, value);
    header.emplace_back("__metadata__", std::move(entries));
  }
  std::uint64_t offset = 0;
  for (const auto& [tensor_name, view] : tensors) {
    const std::uint64_t end = offset + view.bytes.size();
    Json::Object entry;
    entry.emplace_back("dtype", name(view.dtype));
    entry.emplace_back("shape", Json::Array(view.shape.begin(), view.shape.end()));
    entry.emplace_back("data_offsets", Json::Array{Json(offset), Json(end)});
    header.emplace_back(tensor_name, std::move(entry));
    offset = end;
  }
  std::string text = Json(std::move(header)).dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string out(sizeof length, '\0');
  std::memcpy(out.data(), &length, sizeof length);
  return out += text;
}

Status write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                         const std::map<std::string, std::string>& metadata) {
  LAB_CHECK(check_writable(path, tensors));
  LAB_TRY(AtomicFile file, AtomicFile::create(path));
  LAB_CHECK(file.write(safetensors_header(tensors, metadata)));
  for (const auto& tensor : tensors) LAB_CHECK(file.write(tensor.view.bytes));
  return file.commit();
}

}  // namespace lab
