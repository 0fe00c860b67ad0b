// Small real tokenizers for the tests of data/.
#pragma once

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "file/json.h"
#include "text/tokenizer.h"

namespace lab {

/// The tokenizer oracle/tokenizer/<name> with these special tokens added at the end; the last of
/// them is EOS.
inline std::shared_ptr<const Tokenizer> test_tokenizer(
    const std::string& name, const std::vector<std::string>& special = {}) {
  const std::string path = std::string(LAB_ORACLE_DIR) + "/tokenizer/" + name + "/tokenizer.json";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  Json json = parse_json(text.str(), path).value();
  const auto first = Tokenizer::from_json(json, nullptr, path).value()->vocab_size();
  Json added = *json.find("added_tokens");
  for (std::size_t i = 0; i < special.size(); ++i) {
    Json token = added.array().front();
    token.set("id", Json(first + static_cast<std::int64_t>(i)));
    token.set("content", Json(special[i]));
    added.array().push_back(std::move(token));
  }
  json.set("added_tokens", std::move(added));
  Json config;
  if (!special.empty()) config.set("eos_token", Json(special.back()));
  return Tokenizer::from_json(json, special.empty() ? nullptr : &config, path).value();
}

}  // namespace lab
