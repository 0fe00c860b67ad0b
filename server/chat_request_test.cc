#include "server/chat_request.h"

#include <gtest/gtest.h>

namespace lab::server {
namespace {

const std::string kHello = R"("messages":[{"role":"user","content":"Hello"}])";

TEST(ChatRequest, HasTheDefaultsOfTheInterface) {
  const auto request = parse_chat_request("{" + kHello + "}").value();
  EXPECT_EQ(request.messages.dump(), R"([{"role":"user","content":"Hello"}])");
  EXPECT_EQ(request.temperature, 1);
  EXPECT_EQ(request.top_p, 1);
  EXPECT_FALSE(request.stream || request.max_tokens || request.seed);
  EXPECT_TRUE(request.model.empty() && request.stop.empty());
}

TEST(ChatRequest, IsReadWhole) {
  const auto request = parse_chat_request("{" + kHello + R"(,"model":"m","max_completion_tokens":7,"max_tokens":9,"temperature":0,"top_p":0.5,"seed":-3,"n":1,
      "stop":["a","b"],"stream":true,"stream_options":{"include_usage":true},"user":"someone","logit_bias":{"1":2},"frequency_penalty":null,"presence_penalty":"?"})").value();
  EXPECT_EQ(request.model, "m");
  EXPECT_EQ(request.max_tokens, 7);
  EXPECT_EQ(request.temperature, 0);
  EXPECT_EQ(request.top_p, 0.5);
  EXPECT_EQ(request.seed, -3);
  EXPECT_EQ(request.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(request.stream && request.stream_usage);
}

TEST(ChatRequest, TakesNullForAbsentAndPartsForText) {
  const auto request = parse_chat_request(R"({"messages":[{"role":"developer","content":[{"type":"text","text":"Be "},{"type":"text","text":"brief."}]},
      {"role":"assistant","content":null}],"stop":null,"max_tokens":null,"temperature":null,"stream":null,"stream_options":null,"model":null})").value();
  EXPECT_EQ(request.messages.dump(), R"([{"role":"system","content":"Be brief."},{"role":"assistant","content":""}])");
}

TEST(ChatRequest, WithAMistakeNamesTheField) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"("max_tokens":"many")", "max_tokens"}, {R"("max_tokens":0)", "max_tokens"}, {R"("max_tokens":1.5)", "max_tokens"},
      {R"("max_completion_tokens":-1)", "max_completion_tokens"}, {R"("temperature":"hot")", "temperature"}, {R"("temperature":2.1)", "temperature"},
      {R"("temperature":-0.1)", "temperature"}, {R"("top_p":1.1)", "top_p"}, {R"("seed":"x")", "seed"}, {R"("seed":1.5)", "seed"}, {R"("n":2)", "n"},
      {R"("stop":3)", "stop"}, {R"("stop":["a","b","c","d","e"])", "stop"}, {R"("stop":[""])", "stop"}, {R"("stop":"")", "stop"}, {R"("stream":"yes")", "stream"},
      {R"("stream_options":1)", "stream_options"}, {R"("stream_options":{"include_usage":1})", "stream_options.include_usage"}, {R"("model":1)", "model"}};
  for (const auto& [field, name] : kCases) {
    const auto request = parse_chat_request("{" + kHello + "," + field + "}");
    ASSERT_FALSE(request) << field;
    EXPECT_EQ(request.error().param, name) << field;
    EXPECT_EQ(request.error().status, 400);
    EXPECT_NE(request.error().message.find(name), std::string::npos) << request.error().message;
  }
}

TEST(ChatRequest, WithoutProperMessagesNamesTheMessage) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({})", "messages"}, {R"({"messages":[]})", "messages"}, {R"({"messages":"Hi"})", "messages"}, {R"({"messages":["Hi"]})", "messages[0]"},
      {R"({"messages":[{"content":"Hi"}]})", "messages[0].role"}, {R"({"messages":[{"role":"pope","content":"Hi"}]})", "messages[0].role"},
      {R"({"messages":[{"role":"user"}]})", "messages[0].content"}, {R"({"messages":[{"role":"user","content":4}]})", "messages[0].content"},
      {R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]})", "messages[0].content"}};
  for (const auto& [body, name] : kCases) EXPECT_EQ(parse_chat_request(body).error().param, name) << body;
}

TEST(ChatRequest, ThatIsNoJsonObjectIsRefused) {
  for (const std::string& body : {std::string(), std::string("no"), std::string("[]"), std::string("{\"a\":1,\"a\":2}"), std::string("{\"a\":\"\xff\"}"),
                                  std::string("{} {}"), std::string(5000, '['), "{" + kHello + ",\"seed\":99999999999999999999}"})
    EXPECT_EQ(parse_chat_request(body).error().status, 400) << body.substr(0, 40);
}

}  // namespace
}  // namespace lab::server
