#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "data/dataset.h"
#include "file/json.h"

namespace lab {
namespace {

std::string model_path() {
  if (const char* path = std::getenv("LAB_MODEL")) return path;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string folder = cache ? cache : std::string(home ? home : "") + "/.cache";
  return folder + "/lora-lab/SmolLM2-135M-Instruct.Q4_1.gguf";
}

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class SmolLm2Data : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(model_path())) GTEST_SKIP() << "no model at " << model_path();
    const auto file = Gguf::read(map_file(model_path()).value());
    ASSERT_TRUE(file) << file.error().text();
    tokenizer_ = Tokenizer::from_gguf(*file).value();
    template_ = chat_template_of(*tokenizer_).value();
  }
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::optional<ChatTemplate> template_;
};

TEST_F(SmolLm2Data, EncodesConversationsAsTransformersDoes) {
  const auto cases =
      parse_json(contents(std::string(LAB_ORACLE_DIR) + "/tokenizer/smollm2_chat.json"));
  ASSERT_TRUE(cases);
  int compared = 0;
  for (const Json& item : cases->array()) {
    if (item.find("add_generation_prompt")->boolean()) continue;
    Sample sample;
    ASSERT_TRUE(read_sample(item, sample));
    const auto documents = SampleEncoder(tokenizer_, template_, LossOn::kAnswers).encode(sample);
    ASSERT_TRUE(documents) << documents.error().text();
    ASSERT_EQ(documents->size(), 1u);
    const Document& document = documents->front();
    std::string answers;
    bool safe = true;  // the reference parses control tokens in messages too
    for (const Message& message : sample.messages) {
      if (message.role == "assistant") answers.append(message.content) += "<|im_end|>";
      const auto parsed = tokenizer_->encode(message.content, {.parse_special = true}).value();
      safe =
          safe && std::ranges::none_of(parsed, [&](auto id) { return tokenizer_->is_special(id); });
    }
    std::vector<std::int32_t> ids, learnt;
    for (const Json& id : item.find("ids")->array())
      ids.push_back(static_cast<std::int32_t>(id.integer()));
    EXPECT_EQ(document.ids == ids, safe);
    EXPECT_EQ(tokenizer_->decode(document.ids), item.find("text")->string());

    for (std::size_t i = 0; i < document.ids.size(); ++i)
      if (document.loss[i]) learnt.push_back(document.ids[i]);
    EXPECT_EQ(tokenizer_->decode(learnt), answers);
    compared += safe;
  }
  EXPECT_GE(compared, 3);
}

TEST_F(SmolLm2Data, PacksTheSampleCorporaWithoutLoss) {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(LAB_SOURCE_DIR) + "/examples")) {
    const std::string path = entry.path().string();
    if (!entry.is_regular_file() || path.ends_with("README.md")) continue;
    const auto dataset = build_dataset(map_file(path).value(), tokenizer_, template_,
                                       {.context = 512, .val_fraction = 0.1});
    ASSERT_TRUE(dataset) << dataset.error().text();
    EXPECT_EQ(dataset->stats.cut.truncated, 0) << path;
    EXPECT_GT(dataset->stats.train_loss_tokens, 15'000) << path;
    EXPECT_GT(dataset->stats.val_loss_tokens, 1'000) << path;
    EXPECT_GT(dataset->stats.row_use, 0.95) << path;
  }
}

}  // namespace
}  // namespace lab
