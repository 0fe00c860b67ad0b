// Fuzz target: the configuration and the tokenizer of a GGUF file; an accepted configuration must
// be usable without overflow, and what encodes must decode, at once and token by token alike.
#include <cstdint>
#include <cstdlib>

#include "model/config.h"
#include "text/tokenizer.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void use_config(const lab::ModelConfig& c) {
  require(c.q_size() > 0 && c.kv_size() > 0 && c.vocab > 0 && c.ffn > 0 && c.hidden > 0);
  require(std::ssize(c.windows) == c.layers);
  lab::rope_table(c.rope, 16);
}

void use_tokenizer(const std::shared_ptr<const lab::Tokenizer>& tokenizer) {
  const auto ids = tokenizer->encode("The harbour <|im_end|>\n wakes, caf\xc3\xa9 12.", {.parse_special = true, .add_special = true});
  if (!ids) return;
  lab::StreamDecoder stream(tokenizer, false);
  std::string text;
  for (const std::int32_t id : *ids) {
    require(id >= 0 && id < tokenizer->vocab_size());
    text += stream.push(id);
  }
  require(text + stream.flush() == tokenizer->decode(*ids));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = lab::Gguf::read(lab::bytes_source({reinterpret_cast<const char*>(data), size}, "fuzz"));
  if (!file) return 0;
  if (const auto config = lab::config_from_gguf(*file)) use_config(*config);
  if (const auto tokenizer = lab::Tokenizer::from_gguf(*file)) use_tokenizer(*tokenizer);
  return 0;
}
