// Templates against what jinja2 and transformers render; tests/data/templates/expect.py wrote it
// down.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "text/chat_template.h"

namespace lab {
namespace {

const std::filesystem::path kFolder = LAB_SOURCE_DIR "/tests/data/templates";

std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Json read_cases(const std::string& name) {
  auto json = parse_json(read(kFolder / name), name);
  EXPECT_TRUE(json) << json.error().text();
  return json ? *std::move(json) : Json();
}

// Parsed and rendered; what jinja2 refuses may fail in either.
Result<Rendered> render(std::string_view source, const Json& messages, const ChatOptions& options) {
  LAB_TRY(ChatTemplate chat, ChatTemplate::parse(source, "case"));
  return chat.render(messages, options);
}

void expect_answer(const Result<Rendered>& rendered, const Json& expected,
                   const std::string& what) {
  if (expected.find("fails")) {
    EXPECT_FALSE(rendered) << what << "\nrendered: " << rendered->text;
    return;
  }
  ASSERT_TRUE(rendered) << what << "\n" << rendered.error().text();
  EXPECT_EQ(rendered->text, expected.find("text")->string()) << what;
  if (const Json* marked = expected.find("assistant")) {
    std::string mine, theirs;
    for (ByteRange range : rendered->assistant)
      mine += rendered->text.substr(range.begin, range.end - range.begin) + "|";
    for (const Json& part : marked->array()) theirs += part.string() + "|";
    EXPECT_EQ(mine, theirs) << what;
  }
}

TEST(Templates, RenderSnippetsAsJinja2Does) {
  const Json data = read_cases("snippets.json");
  ASSERT_GT(data.find("cases")->array().size(), 900u);
  const Json nobody{Json::Array{}};
  for (const Json& one : data.find("cases")->array()) {
    const std::string& source = one.find("template")->string();
    ChatOptions options;
    options.extra = data.find("variables");
    expect_answer(render(source, nobody, options), one, source);
  }
}

// A case of conversations.json names its parts as expect.py's render() does; the rest are
// variables.
struct Case {
  Json variables{Json::Object{}};
  ChatOptions options;
};

void read_options(const Json& one, const Json& data, Case& out) {
  out.options.bos_token = data.find("bos_token")->string();
  out.options.eos_token = data.find("eos_token")->string();
  out.options.tools = one.find("tools");
  out.options.documents = one.find("documents");
  if (const Json* prompt = one.find("generation_prompt"))
    out.options.add_generation_prompt = prompt->boolean();
  for (const auto& [name, value] : one.object()) {
    if (name != "messages" && name != "tools" && name != "documents" &&
        name != "generation_prompt") {
      out.variables.set(name, value);
    }
  }
  out.options.extra = &out.variables;
}

TEST(Templates, RenderConversationsAsTransformersDoes) {
  const Json data = read_cases("conversations.json");
  const auto& cases = data.find("cases")->array();
  ASSERT_FALSE(data.find("expected")->object().empty());
  for (const auto& [name, answers] : data.find("expected")->object()) {
    const std::string source = read(kFolder / name);
    ASSERT_EQ(answers.array().size(), cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      Case one;
      read_options(cases[i], data, one);
      expect_answer(render(source, *cases[i].find("messages"), one.options), answers.array()[i],
                    name + " with " + cases[i].dump());
    }
  }
}

}  // namespace
}  // namespace lab
