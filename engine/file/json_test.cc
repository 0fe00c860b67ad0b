#include "file/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "base/cat.h"

namespace lab {
namespace {

TEST(Json, KeepsMembersInFileOrderWithTheirTypes) {
  const auto json = parse_json(R"( {"b": [1, -2.5, true, null, "x\u00e9\ud83d\ude00"], "a": {}} )");
  ASSERT_TRUE(json) << json.error().text();
  ASSERT_EQ(json->object().size(), 2u);
  EXPECT_EQ(json->object()[0].first, "b");
  const auto& items = json->find("b")->array();
  EXPECT_EQ(items[0].integer(), 1);
  EXPECT_FALSE(items[1].is_integer());
  EXPECT_EQ(items[1].number(), -2.5);
  EXPECT_TRUE(items[2].boolean());
  EXPECT_TRUE(items[3].is_null());
  EXPECT_EQ(items[4].string(), "x\u00e9\U0001F600");
  EXPECT_TRUE(json->find("a")->is_object());
  EXPECT_EQ(json->find("c"), nullptr);
  EXPECT_EQ(items[0].find("b"), nullptr);
}

struct Bad {
  std::string name, text;
  Code code;
  std::int64_t offset;
};

TEST(Json, RefusesMalformedTextWithCodeAndPlace) {
  const Bad cases[] = {
      {"empty", "", Code::kBadJson, 0},
      {"blank", " \n", Code::kBadJson, 2},
      {"unclosed", "[1", Code::kBadJson, 2},
      {"trailing comma", "[1,]", Code::kBadJson, 3},
      {"text after the document", "{} x", Code::kBadJson, 3},
      {"second document", "{}{}", Code::kBadJson, 2},
      {"NUL after the document", std::string("{}\0x", 4), Code::kBadJson, 2},
      {"NUL in a string", std::string("\"\0\"", 3), Code::kBadJson, 1},
      {"byte order mark", "\xef\xbb\xbf{}", Code::kBadJson, 0},
      {"comment", "{/* */}", Code::kBadJson, 1},
      {"single quotes", "{'a': 1}", Code::kBadJson, 1},
      {"NaN", "[NaN]", Code::kBadJson, 1},
      {"leading zero", "[01]", Code::kBadJson, 2},
      {"raw newline in a string", "\"a\nb\"", Code::kBadJson, 2},
      {"invalid UTF-8", "\"a\xff\"", Code::kBadJson, 2},
      {"overlong UTF-8", "\"\xc0\xaf\"", Code::kBadJson, 1},
      {"UTF-8 surrogate", "\"\xed\xa0\x80\"", Code::kBadJson, 2},
      {"lone surrogate escape", R"("\ud800")", Code::kBadJson, 7},
      {"duplicate key", R"({"a":1,"b":2,"a":3})", Code::kBadJson, 16},
      {"duplicate key through an escape", R"({"a":1,"\u0061":3})", Code::kBadJson, 15},
      {"nested duplicate key", R"([{"x":{"a":1,"a":2}}])", Code::kBadJson, 16},
      {"integer above int64", "[9223372036854775808]", Code::kBadJson, 21},
      {"integer above uint64", "[123456789012345678901234567890]", Code::kBadJson, 32},
      {"integer below int64", "[-9223372036854775809]", Code::kBadJson, 22},
      {"double out of range", "[1e400]", Code::kBadJson, 7},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.name);
    const auto json = parse_json(bad.text, "input");
    ASSERT_FALSE(json);
    EXPECT_EQ(json.error().code, bad.code) << json.error().text();
    EXPECT_EQ(json.error().offset, bad.offset) << json.error().text();
    EXPECT_EQ(json.error().file, "input");
  }
}

TEST(Json, KeepsTheLimitsOfDepthAndCount) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_json(nested(64)));
  const auto deep = parse_json(nested(65));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, Code::kLimit);
  EXPECT_EQ(deep.error().offset, 65);
  EXPECT_EQ(parse_json(nested(1'000'000)).error().code, Code::kLimit);

  EXPECT_TRUE(parse_json("[1,2,3]", {}, {.max_depth = 1, .max_values = 4}));
  EXPECT_EQ(parse_json("[1,2,3]", {}, {.max_depth = 1, .max_values = 3}).error().code,
            Code::kLimit);
}

TEST(Json, ReadsExtremeNumbersExactly) {
  const auto json = parse_json(
      "[9223372036854775807, -9223372036854775808, 4.9e-324, 1.7976931348623157e308, 1e-400]");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->array()[0].integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(json->array()[1].integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(json->array()[2].number(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(json->array()[3].number(), std::numeric_limits<double>::max());
  EXPECT_EQ(json->array()[4].number(), 0.0);
}

TEST(Json, FindsADuplicateAmongManyKeysQuickly) {
  std::string text = "{";
  for (int i = 0; i < 150'000; ++i) text += cat("\"token", i, "\":", i, ",");
  const auto start = std::chrono::steady_clock::now();
  const auto good = parse_json(text + "\"last\":0}");
  const auto bad = parse_json(text + "\"token7\":0}");
  const auto elapsed = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(good);
  EXPECT_EQ(good->object().size(), 150'001u);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().field, "token7");
  EXPECT_EQ(bad.error().offset, static_cast<std::int64_t>(text.size() + 8));
  EXPECT_LT(elapsed, std::chrono::seconds(5));  // a quadratic search takes minutes
}

TEST(Json, DumpReadsBackEqual) {
  Json json;
  json.set("text", "quote \" slash \\ tab\t bell\x07 \u00e9");
  json.set("third", 1.0 / 3);
  json.set("whole", 2.0);
  json.set("tiny", 5e-324);
  json.set("minus zero", -0.0);
  json.set("count", std::int64_t{1} << 62);
  json.set("list",
           Json::Array{Json(nullptr), Json(true), Json(Json::Object{}), Json(Json::Array{})});
  for (int indent : {0, 2}) {
    const auto again = parse_json(json.dump(indent));
    ASSERT_TRUE(again) << json.dump(indent);
    EXPECT_EQ(again->dump(), json.dump());
    EXPECT_EQ(again->find("third")->number(), 1.0 / 3);
    EXPECT_FALSE(again->find("whole")->is_integer());
    EXPECT_TRUE(std::signbit(again->find("minus zero")->number()));
  }
}

TEST(Json, DumpWritesJsonEvenForWhatJsonLacks) {
  EXPECT_EQ(Json(std::nan("")).dump(), "null");
  EXPECT_EQ(Json(-HUGE_VAL).dump(), "null");
  EXPECT_EQ(Json("a\xff z").dump(), "\"a\xef\xbf\xbd z\"");
  EXPECT_EQ(Json("\x01").dump(), "\"\\u0001\"");
}

TEST(Json, DumpIndents) {
  Json json;
  json.set("a", Json::Array{Json(1), Json(2)});
  json.set("b", Json::Object{});
  EXPECT_EQ(json.dump(), R"({"a":[1,2],"b":{}})");
  EXPECT_EQ(json.dump(2), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

TEST(Json, SetReplacesAMemberInPlace) {
  Json json;
  json.set("a", 1).set("b", 2).set("a", "new");
  EXPECT_EQ(json.dump(), R"({"a":"new","b":2})");
}

TEST(Json, NeededMembersNameTheField) {
  const auto json = parse_json(R"({"r": 8, "alpha": 1.5, "name": "x"})");
  ASSERT_TRUE(json);
  EXPECT_EQ(need_integer(*json, "r"), 8);
  EXPECT_EQ(need_number(*json, "r"), 8.0);
  EXPECT_EQ(need_number(*json, "alpha"), 1.5);
  EXPECT_EQ(need_string(*json, "name"), "x");
  EXPECT_EQ(need_integer(*json, "alpha").error().field, "alpha");
  EXPECT_EQ(need_string(*json, "r").error().code, Code::kBadJson);
  EXPECT_EQ(need_number(*json, "missing").error().field, "missing");
}

}  // namespace
}  // namespace lab
