// Case: one bad (or unusual but good) input for a reader, and what the reader must answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lab::malformed {

/// Which public reader a case is for.
enum class Format : std::uint8_t {
  kSafetensors,  ///< Safetensors::read
  kShards,       ///< Shards::open on the folder
  kGguf,         ///< Gguf::read
  kModel,        ///< ModelSource::open, load_model, tokenizer(): a GGUF file or the folder
  kTokenizer,    ///< Tokenizer::from_folder
  kAdapter,      ///< read_adapter against tiny_config()
  kCorpus,       ///< CorpusReader
  kDataset,      ///< build_dataset with a tiny tokenizer and a context of 8 tokens
};

/// What a reader answers: a code with a place, or nothing, if it accepts the input.
struct Expected {
  std::optional<Code> code;
  std::string field = {};
  std::int64_t offset = -1;
  std::int64_t line = -1;
};

struct Case {
  std::string id;    ///< of the list of bad inputs ("S3"); all_cases() adds a letter
  std::string what;  ///< in words
  Format format;
  /// Names and contents; the first is the one that is read, unless the folder is.
  std::vector<std::pair<std::string, std::string>> files;
  Expected expected;
  bool folder = false;  ///< read the folder, not the first file
};

const char* format_name(Format format);

/// Every case of every format, each with an id of its own.
std::vector<Case> all_cases();

// One function a format, each in a file of its own.
std::vector<Case> safetensors_cases();
std::vector<Case> shards_cases();
std::vector<Case> gguf_header_cases();
std::vector<Case> gguf_tensor_cases();
std::vector<Case> gguf_model_cases();
std::vector<Case> model_folder_cases();
std::vector<Case> tokenizer_cases();
std::vector<Case> adapter_cases();
std::vector<Case> corpus_cases();
std::vector<Case> dataset_cases();

}  // namespace lab::malformed
