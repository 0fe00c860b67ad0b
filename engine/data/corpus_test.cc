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

TEST(Corpus, RefusesOtherFiles) {
  const auto refused = CorpusReader::open(bytes_source("[]", "corpus.json"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_EQ(refused.error().file, "corpus.json");
  EXPECT_FALSE(refused.error().remedy.empty());
}

struct Bad {
  std::string name, line;
  Code code;
  std::int64_t offset;  ///< in the line, -1 if the field says the place
  std::string field;
};

TEST(Corpus, NamesLineAndPlaceOfEveryMistake) {
  const Bad cases[] = {
      {"not JSON", "text", Code::kBadJson, 1, ""},
      {"cut off", R"({"text": "a)", Code::kBadJson, 11, ""},
      {"two objects", R"({"text":"a"}{"text":"b"})", Code::kBadJson, 12, ""},
      {"an array", R"(["a"])", Code::kBadJson, -1, ""},
      {"a string", R"("a")", Code::kBadJson, -1, ""},
      {"null", "null", Code::kBadJson, -1, ""},
      {"twice the same member", R"({"text":"a","text":"b"})", Code::kBadJson, 18, "text"},
      {"deep", std::string(100, '['), Code::kLimit, 65, ""},
      {"not UTF-8", "{\"text\":\"a\xff\"}", Code::kBadText, 10, ""},
      {"overlong UTF-8", "{\"text\":\"\xc0\x80\"}", Code::kBadText, 9, ""},
      {"a UTF-8 surrogate", "{\"text\":\"\xed\xa0\x80\"}", Code::kBadText, 9, ""},
      {"Latin-1", "{\"text\":\"caf\xe9\"}", Code::kBadText, 12, ""},
      {"a NUL byte", std::string("{\"text\":\"\0\"}", 12), Code::kBadText, 9, ""},
      {"an escaped NUL", R"({"text":"a\u0000b"})", Code::kBadText, -1, "text"},
      {"a lone high surrogate", R"({"text":"\ud83d"})", Code::kBadJson, 15, ""},
      {"a lone low surrogate", R"({"text":"\ude00"})", Code::kBadJson, 14, ""},
      {"no known member", R"({"id":1})", Code::kBadJson, -1, ""},
      {"an empty object", "{}", Code::kBadJson, -1, ""},
      {"a text that is a number", R"({"text":1})", Code::kBadJson, -1, "text"},
      {"a text that is null", R"({"text":null})", Code::kBadJson, -1, "text"},
      {"an empty text", R"({"text":""})", Code::kEmpty, -1, "text"},
      {"no completion", R"({"prompt":"a"})", Code::kBadJson, -1, "completion"},
      {"no prompt", R"({"completion":"a"})", Code::kBadJson, -1, "prompt"},
      {"a completion that is a list", R"({"prompt":"a","completion":[]})", Code::kBadJson, -1,
       "completion"},
      {"an empty completion", R"({"prompt":"a","completion":""})", Code::kEmpty, -1, "completion"},
      {"messages that are a text", R"({"messages":"hi"})", Code::kBadJson, -1, "messages"},
      {"no messages", R"({"messages":[]})", Code::kEmpty, -1, "messages"},
      {"empty messages", R"({"messages":[{"role":"user","content":""}]})", Code::kEmpty, -1,
       "messages"},
      {"a message that is a text", R"({"messages":["hi"]})", Code::kBadJson, -1, "messages[0]"},
      {"no role", R"({"messages":[{"content":"a"}]})", Code::kBadJson, -1, "messages[0].role"},
      {"an unknown role",
       R"({"messages":[{"role":"user","content":"a"},{"role":"robot","content":"b"}]})",
       Code::kBadJson, -1, "messages[1].role"},
      {"content that is null", R"({"messages":[{"role":"user","content":null}]})", Code::kBadJson,
       -1, "messages[0].content"},
      {"an escaped NUL in a message", R"({"messages":[{"role":"user","content":"\u0000"}]})",
       Code::kBadText, -1, "messages[0].content"},
      {"an unknown speaker", R"({"conversations":[{"from":"bing","value":"a"}]})", Code::kBadJson,
       -1, "conversations[0].from"},
      {"no output", R"({"instruction":"a"})", Code::kBadJson, -1, "output"},
      {"an input that is a number", R"({"instruction":"a","input":3,"output":"b"})", Code::kBadJson,
       -1, "input"},
  };
  const std::string before = "{\"text\":\"good\"}\n\n";
  for (const Bad& bad : cases) {
    const Error error = error_of(before + bad.line + "\n{\"text\":\"good\"}\n");
    EXPECT_EQ(error.code, bad.code) << bad.name << ": " << error.text();
    EXPECT_EQ(error.file, "corpus.jsonl") << bad.name;
    EXPECT_EQ(error.line, 3) << bad.name;
    const auto place = bad.offset < 0 ? -1 : bad.offset + static_cast<std::int64_t>(before.size());
    EXPECT_EQ(error.offset, place) << bad.name << ": " << error.text();
    EXPECT_EQ(error.field, bad.field) << bad.name << ": " << error.text();
  }
}

TEST(Corpus, RefusesALineAboveTheLimit) {
  const std::string shell = R"({"text":""})";
  const std::string longest =
      R"({"text":")" + std::string(kMaxLineBytes - shell.size(), 'a') + "\"}";
  ASSERT_EQ(longest.size(), kMaxLineBytes);
  EXPECT_EQ(all_of("\n" + longest + "\n").size(), longest.size() - shell.size() + 9);
  for (const std::string end : {"", "\n", "\n{}"}) {
    const Error error = error_of("\n" + longest + " " + end);
    EXPECT_EQ(error.code, Code::kLimit);
    EXPECT_EQ(error.line, 2);
    EXPECT_EQ(error.offset, 1);
  }
}

TEST(Corpus, RefusesTextThatIsNotUtf8WithItsPlace) {
  Error error = error_of("one\ntwo \xff\n", "a.txt");
  EXPECT_EQ(error.code, Code::kBadText);
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(error.offset, 8);
  error = error_of(std::string("one\n\n\0", 6), "a.txt");
  EXPECT_EQ(error.code, Code::kBadText);
  EXPECT_EQ(error.line, 3);
  EXPECT_EQ(error.offset, 5);
  EXPECT_EQ(error_of(std::string("\xff\xfeh\0i\0", 6), "a.txt").offset, 0) << "UTF-16";
}

TEST(Corpus, RefusesATextFileWithoutText) {
  for (const std::string text : {"", " \n\t\r\n", "\xef\xbb\xbf"})
    EXPECT_EQ(error_of(text, "a.md").code, Code::kEmpty);
}

}  // namespace
}  // namespace lab
