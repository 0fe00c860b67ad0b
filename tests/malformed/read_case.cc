#include "read_case.h"

#include <filesystem>
#include <fstream>

#include "adapter/gguf_adapter.h"
#include "data/corpus.h"
#include "data/dataset.h"
#include "device/count/count_device.h"
#include "model/model.h"
#include "tiny_config.h"

namespace lab::malformed {
namespace {

namespace fs = std::filesystem;

Status read_safetensors(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_CHECK(Safetensors::read(std::move(source)));
  return {};
}

Status read_gguf(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_CHECK(Gguf::read(std::move(source)));
  return {};
}

Status read_model(const std::string& path) {
  LAB_TRY(const auto source, ModelSource::open(path));
  CountDevice device;
  LAB_CHECK(load_model(device, *source));
  LAB_CHECK(source->tokenizer());
  return {};
}

Status read_corpus(const std::string& path) {
  LAB_TRY(auto source, map_file(path));
  LAB_TRY(CorpusReader corpus, CorpusReader::open(std::move(source)));
  for (Sample sample;;) {
    LAB_TRY(const bool more, corpus.next(sample));
    if (!more) return {};
  }
}

Status read_dataset(const std::string& path) {
  LAB_TRY(auto tokenizer, Tokenizer::from_folder(fs::path(path).parent_path().string()));
  LAB_TRY(auto chat, chat_template_of(*tokenizer));
  LAB_TRY(auto corpus, map_file(path));
  LAB_CHECK(build_dataset(std::move(corpus), std::move(tokenizer), std::move(chat), {.context = 8}));
  return {};
}

}  // namespace

std::string folder_of(const Case& one, const std::string& root) {
  return (fs::path(root) / format_name(one.format) / one.id).string();
}

std::string path_of(const Case& one, const std::string& root) {
  const std::string folder = folder_of(one, root);
  return one.folder ? folder : (fs::path(folder) / one.files.front().first).string();
}

Status write_case(const Case& one, const std::string& root) {
  const fs::path folder = folder_of(one, root);
  std::error_code problem;
  fs::create_directories(folder, problem);
  for (const auto& [name, bytes] : one.files) {
    std::ofstream file(folder / name, std::ios::binary);
    if (!(file << bytes).flush()) return fail(Error{Code::kIo, "cannot write the file"}.in((folder / name).string()));
  }
  return {};
}

Status read_case(const Case& one, const std::string& root) {
  const std::string path = path_of(one, root);
  switch (one.format) {
    case Format::kSafetensors: return read_safetensors(path);
    case Format::kGguf: return read_gguf(path);
    case Format::kModel: return read_model(path);
    case Format::kCorpus: return read_corpus(path);
    case Format::kDataset: return read_dataset(path);
    case Format::kShards:
      LAB_CHECK(Shards::open(path));
      return {};
    case Format::kTokenizer:
      LAB_CHECK(Tokenizer::from_folder(path));
      return {};
    case Format::kAdapter:
      LAB_CHECK(read_adapter(path, tiny_config()));
      return {};
  }
  return {};
}

}  // namespace lab::malformed
