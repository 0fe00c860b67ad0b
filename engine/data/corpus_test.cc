#include "data/corpus.h"

#include <gtest/gtest.h>

#include <string>

#include "base/cat.h"

namespace lab {
namespace {

CorpusReader reader(std::string contents, std::string name = "corpus.jsonl") {
  return CorpusReader::open(bytes_source(std::move(contents), std::move(name))).value();
}

/// "line kind: texts" of every sample, one a line, then the error if there is one.
std::string all_of(std::string contents, std::string name = "corpus.jsonl") {
  CorpusReader corpus = reader(std::move(contents), std::move(name));
  Sample sample;
  std::string out;
  for (;;) {
    const auto more = corpus.next(sample);
    if (!more) return out + more.error().text();
    if (!*more) return out;
    out += cat(sample.line, " ");
    if (sample.kind == Sample::Kind::kText) out += cat("text: ", sample.text);
    if (sample.kind == Sample::Kind::kCompletion)
      out += cat("completion: ", sample.prompt, "|", sample.completion);
    if (sample.kind == Sample::Kind::kChat) out += "chat:";
    for (const Message& message : sample.messages)
      out += cat(" <", message.role, "> ", message.content);
    out += "\n";
  }
}

Error error_of(std::string contents, std::string name = "corpus.jsonl") {
  CorpusReader corpus = reader(std::move(contents), std::move(name));
  Sample sample;
  for (;;) {
    auto more = corpus.next(sample);
    if (!more) return std::move(more).error();
    if (!*more) return Error{Code::kInterrupted, "everything was accepted"};
  }
}

TEST(Corpus, ReadsTheFormsOfASampleMixedInOneFile) {
  EXPECT_EQ(all_of(R"({"text": "a\nb", "id": 7}
{"prompt": "2+2=", "completion": "4"}
{"messages": [{"role": "user", "content": "u"}]}
{"prompt": "", "completion": "c"}
)"),
            "1 text: a\nb\n2 completion: 2+2=|4\n3 chat: <user> u\n4 completion: |c\n");
}

TEST(Corpus, ReadsConversations) {
  EXPECT_EQ(all_of(R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":""},)"
                   R"({"role":"assistant","content":"a"},{"role":"tool","content":"t"}]}
{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"},)"
                   R"({"from":"system","value":"s"}]}
{"instruction":"i","input":"","output":"o"}
{"instruction":"i","output":"o"}
{"instruction":"i","input":"x","output":"o"})"),
            "1 chat: <system> s <user>  <assistant> a <tool> t\n"
            "2 chat: <user> q <assistant> a <system> s\n"
            "3 chat: <user> i <assistant> o\n"
            "4 chat: <user> i <assistant> o\n"
            "5 chat: <user> i\n\nx <assistant> o\n");
}

TEST(Corpus, PrefersTheRicherFormWhereALineHasTwo) {
  EXPECT_EQ(all_of(R"({"text":"t","prompt":"p","messages":[{"role":"user","content":"u"}]})"),
            "1 chat: <user> u\n");
  EXPECT_EQ(all_of(R"({"text":"t","prompt":"p","completion":"c"})"), "1 completion: p|c\n");
}

TEST(Corpus, CountsBlankLinesAndTakesAnyLineEnd) {
  EXPECT_EQ(all_of("\n{\"text\":\"a\"}\r\n \t\r\n\n{\"text\":\"b\"}"), "2 text: a\n5 text: b\n");
  EXPECT_EQ(all_of(""), "");
  EXPECT_EQ(all_of("\n\n"), "");
}

TEST(Corpus, SkipsAByteOrderMark) {
  EXPECT_EQ(all_of("\xef\xbb\xbf{\"text\":\"a\"}\n"), "1 text: a\n");
  EXPECT_EQ(all_of("\xef\xbb\xbfplain", "a.txt"), "1 text: plain\n");
  EXPECT_EQ(error_of("\xef\xbb\xbf{\"text\":\"a\"}\n\xef\xbb\xbf{\"text\":\"b\"}").code,
            Code::kBadJson);
}

TEST(Corpus, TakesATextFileAsOneSample) {
  EXPECT_EQ(all_of("one\n\ntwo\r\n", "a.txt"), "1 text: one\n\ntwo\r\n\n");
  EXPECT_EQ(all_of("{\"text\":1}", "a.md"), "1 text: {\"text\":1}\n");
  EXPECT_TRUE(reader("a", "a.txt").is_plain_text());
  EXPECT_FALSE(reader("a").is_plain_text());
}

TEST(Corpus, DoesNotCopyATextFile) {
  const auto source = bytes_source("a text", "a.txt");
  CorpusReader corpus = CorpusReader::open(source).value();
  Sample sample;
  ASSERT_TRUE(corpus.next(sample).value());
  EXPECT_EQ(static_cast<const void*>(sample.text.data()), source->bytes().data());
}

TEST(Corpus, ReadsTheLongestLine) {
  const std::string shell = R"({"text":""})";
  const std::string longest =
      R"({"text":")" + std::string(kMaxLineBytes - shell.size(), 'a') + "\"}";
  ASSERT_EQ(longest.size(), kMaxLineBytes);
  EXPECT_EQ(all_of("\n" + longest + "\n").size(), longest.size() - shell.size() + 9);
}

}  // namespace
}  // namespace lab
