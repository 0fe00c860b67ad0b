#include <map>

#include "case.h"

namespace lab::malformed {
namespace {

/// a .. z, aa, ab ..
std::string letter(int number) {
  const std::string last(1, static_cast<char>('a' + number % 26));
  return number < 26 ? last : letter(number / 26 - 1) + last;
}

}  // namespace

const char* format_name(Format format) {
  switch (format) {
    case Format::kSafetensors: return "safetensors";
    case Format::kShards: return "shards";
    case Format::kGguf: return "gguf";
    case Format::kModel: return "model";
    case Format::kTokenizer: return "tokenizer";
    case Format::kAdapter: return "adapter";
    case Format::kCorpus: return "corpus";
    case Format::kDataset: return "dataset";
  }
  return "unknown";
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  std::map<std::string, int> counts;
  for (const auto& part :
       {safetensors_cases, shards_cases, gguf_header_cases, gguf_tensor_cases, gguf_model_cases,
        model_folder_cases, tokenizer_cases, adapter_cases, corpus_cases, dataset_cases})
    for (Case& one : part()) {
      one.id += letter(counts[one.id]++);
      all.push_back(std::move(one));
    }
  return all;
}

}  // namespace lab::malformed
