// J1 to J4: bad corpora; each mistake is on the third line of its file.
#include "base/cat.h"
#include "data/corpus.h"
#include "table.h"

namespace lab::malformed {
namespace {

struct Bad {
  const char* id;
  const char* what;
  std::string line;
  Code code;
  std::int64_t offset;  ///< in the line, -1 if the field says the place
  const char* field;
};

std::vector<Bad> bad_lines() {
  return {
      {"J1", "not JSON", "text", Code::kBadJson, 1, ""},
      {"J1", "cut off", R"({"text": "a)", Code::kBadJson, 11, ""},
      {"J1", "two objects", R"({"text":"a"}{"text":"b"})", Code::kBadJson, 12, ""},
      {"J1", "an array", R"(["a"])", Code::kBadJson, -1, ""},
      {"J1", "a string", R"("a")", Code::kBadJson, -1, ""},
      {"J1", "null", "null", Code::kBadJson, -1, ""},
      {"J1", "twice the same member", R"({"text":"a","text":"b"})", Code::kBadJson, 18, "text"},
      {"J1", "deep", std::string(100, '['), Code::kLimit, 65, ""},
      {"J3", "not UTF-8", "{\"text\":\"a\xff\"}", Code::kBadText, 10, ""},
      {"J3", "overlong UTF-8", "{\"text\":\"\xc0\x80\"}", Code::kBadText, 9, ""},
      {"J3", "a UTF-8 surrogate", "{\"text\":\"\xed\xa0\x80\"}", Code::kBadText, 9, ""},
      {"J3", "Latin-1", "{\"text\":\"caf\xe9\"}", Code::kBadText, 12, ""},
      {"J3", "a NUL byte", std::string("{\"text\":\"\0\"}", 12), Code::kBadText, 9, ""},
      {"J3", "an escaped NUL", R"({"text":"a\u0000b"})", Code::kBadText, -1, "text"},
      {"J3", "a lone high surrogate", R"({"text":"\ud83d"})", Code::kBadJson, 15, ""},
      {"J3", "a lone low surrogate", R"({"text":"\ude00"})", Code::kBadJson, 14, ""},
      {"J4", "no known member", R"({"id":1})", Code::kBadJson, -1, ""},
      {"J4", "an empty object", "{}", Code::kBadJson, -1, ""},
      {"J4", "a text that is a number", R"({"text":1})", Code::kBadJson, -1, "text"},
      {"J4", "a text that is null", R"({"text":null})", Code::kBadJson, -1, "text"},
      {"J4", "an empty text", R"({"text":""})", Code::kEmpty, -1, "text"},
      {"J4", "no completion", R"({"prompt":"a"})", Code::kBadJson, -1, "completion"},
      {"J4", "no prompt", R"({"completion":"a"})", Code::kBadJson, -1, "prompt"},
      {"J4", "a completion that is a list", R"({"prompt":"a","completion":[]})", Code::kBadJson, -1,
       "completion"},
      {"J4", "an empty completion", R"({"prompt":"a","completion":""})", Code::kEmpty, -1, "completion"},
      {"J4", "messages that are a text", R"({"messages":"hi"})", Code::kBadJson, -1, "messages"},
      {"J4", "no messages", R"({"messages":[]})", Code::kEmpty, -1, "messages"},
      {"J4", "empty messages", R"({"messages":[{"role":"user","content":""}]})", Code::kEmpty, -1,
       "messages"},
      {"J4", "a message that is a text", R"({"messages":["hi"]})", Code::kBadJson, -1, "messages[0]"},
      {"J4", "no role", R"({"messages":[{"content":"a"}]})", Code::kBadJson, -1, "messages[0].role"},
      {"J4", "an unknown role",
       R"({"messages":[{"role":"user","content":"a"},{"role":"robot","content":"b"}]})",
       Code::kBadJson, -1, "messages[1].role"},
      {"J4", "content that is null", R"({"messages":[{"role":"user","content":null}]})", Code::kBadJson,
       -1, "messages[0].content"},
      {"J3", "an escaped NUL in a message", R"({"messages":[{"role":"user","content":"\u0000"}]})",
       Code::kBadText, -1, "messages[0].content"},
      {"J4", "an unknown speaker", R"({"conversations":[{"from":"bing","value":"a"}]})", Code::kBadJson,
       -1, "conversations[0].from"},
      {"J4", "no output", R"({"instruction":"a"})", Code::kBadJson, -1, "output"},
      {"J4", "an input that is a number", R"({"instruction":"a","input":3,"output":"b"})", Code::kBadJson,
       -1, "input"},
  };
}

}  // namespace

std::vector<Case> corpus_cases() {
  Table t(Format::kCorpus, "corpus.jsonl"), text(Format::kCorpus, "corpus.txt"), other(Format::kCorpus, "corpus.json");
  const std::string before = "{\"text\":\"good\"}\n\n";
  for (const Bad& bad : bad_lines())
    t.refused(bad.id, bad.what, before + bad.line + "\n{\"text\":\"good\"}\n", bad.code, bad.field,
              bad.offset < 0 ? -1 : bad.offset + std::ssize(before), 3);
  const std::string shell = R"({"text":""})";
  const std::string longest = R"({"text":")" + std::string(kMaxLineBytes - shell.size(), 'a') + "\"}";
  t.refused("J2", "line above 16 MiB", "\n" + longest + " \n{}", Code::kLimit, "", 1, 2);
  t.refused("J2", "line above 16 MiB that does not end", "\n" + longest + " ", Code::kLimit, "", 1, 2);
  t.accepted("J2", "no line end at the end", R"({"text":"a"})");
  t.accepted("J3", "byte order mark at the start", "\xef\xbb\xbf{\"text\":\"a\"}\n");
  t.refused("J3", "byte order mark in the middle", "{\"text\":\"a\"}\n\xef\xbb\xbf{\"text\":\"b\"}", Code::kBadJson, "", 13, 2);
  std::vector<Case> all = t.take();
  text.refused("J3", "text file not UTF-8", "one\ntwo \xff\n", Code::kBadText, "", 8, 2);
  text.refused("J3", "text file with a NUL", std::string("one\n\n\0", 6), Code::kBadText, "", 5, 3);
  text.refused("J3", "text file in UTF-16", std::string("\xff\xfeh\0i\0", 6), Code::kBadText, "", 0, 1);
  text.refused("J4", "text file without text", " \n\t\r\n", Code::kEmpty);
  text.refused("J4", "empty text file", "", Code::kEmpty);
  other.refused("J1", "file of another ending", "[]", Code::kUnsupported);
  for (auto* table : {&text, &other})
    for (Case& one : table->take()) all.push_back(std::move(one));
  return all;
}

}  // namespace lab::malformed
