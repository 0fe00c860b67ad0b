#include "server/request_path.h"

#include <gtest/gtest.h>

namespace lab::server {
namespace {

TEST(RequestPath, IsDecodedAndNormalised) {
  EXPECT_EQ(request_path("/").value(), "");
  EXPECT_EQ(request_path("/assets/./a%20b.js?v=/../1#x").value(), "assets/a b.js");
  EXPECT_EQ(request_path("//assets///x").value(), "assets/x");
  EXPECT_EQ(request_path("/assets/").value(), "assets/");
  EXPECT_EQ(request_path("/%C3%A9.txt").value(), "é.txt");
  EXPECT_EQ(request_path("/a%252e").value(), "a%2e") << "decoded once only";
  EXPECT_EQ(request_path("/a..b/c..").value(), "a..b/c..");
}

TEST(RequestPath, WithBrokenEscapesOrControlCharactersIsBad) {
  for (const char* target : {"/%", "/%4", "/%zz", "/%2", "/a%00b", "/%00", "/a%0ab", "/a%7f", "/%ff", "/%c0%ae%c0%ae/", "", "*", "x", "http://127.0.0.1/", "?", "/%u002e"})
    EXPECT_EQ(request_path(target).error(), 400) << target;
  EXPECT_EQ(request_path(std::string_view("/a\0b", 4)).error(), 400);
}

TEST(RequestPath, NeverGoesUp) {
  for (const char* target : {"/..", "/../etc/passwd", "/a/../b", "/%2e%2e/x", "/.%2E/x", "/a%2f..%2fb", "/a/..", "/..%5cx", "/a\\..\\b", "/a%5cb", "/./../x"})
    EXPECT_EQ(request_path(target).error(), 403) << target;
}

TEST(RequestPath, OfHiddenFilesIsNotThere) {
  for (const char* target : {"/.git/config", "/.env", "/a/.b", "/%2egit/config", "/...", "/a/.b/c"})
    EXPECT_EQ(request_path(target).error(), 404) << target;
}

}  // namespace
}  // namespace lab::server
