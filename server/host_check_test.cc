#include "server/host_check.h"

#include <gtest/gtest.h>

namespace lab::server {
namespace {

TEST(Host, OfThisMachineIsAllowed) {
  for (const char* host : {"localhost", "localhost:8080", "LocalHost:1", "127.0.0.1:8080", "127.9.8.7", "[::1]:8080", "[::1]", "studio.localhost:80"})
    EXPECT_TRUE(host_allowed(host, "127.0.0.1")) << host;
}

TEST(Host, OfAnotherNameIsRefusedBecauseItMayBeRebound) {
  for (const char* host : {"", "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "evillocalhost", ".localhost", ".localhost:",
                           "localhost:80:80", "localhost:http", "localhost@evil.example", "[::1", "::1", "127.0.0.1 ", "127.1", "0.0.0.0", "192.168.0.4", "[::2]", "localhost/"})
    EXPECT_FALSE(host_allowed(host, "127.0.0.1")) << host;
}

TEST(Host, OfAServerForOthersMayBeAnAddressOrItsOwnName) {
  EXPECT_TRUE(host_allowed("192.168.0.4:8080", "0.0.0.0"));
  EXPECT_TRUE(host_allowed("[fe80::1]:8080", "::"));
  EXPECT_TRUE(host_allowed("Workshop:8080", "workshop"));
  EXPECT_FALSE(host_allowed("evil.example:8080", "0.0.0.0"));
  EXPECT_FALSE(host_allowed("192.168.0.4:8080", "localhost"));
}

TEST(Origin, OfThisPageOrThisMachineIsAllowed) {
  for (const char* origin : {"", "http://127.0.0.1:8080", "http://localhost:3000", "https://localhost", "http://[::1]:5173"})
    EXPECT_TRUE(origin_allowed(origin, "127.0.0.1:8080")) << origin;
  EXPECT_TRUE(origin_allowed("http://192.168.0.4:8080", "192.168.0.4:8080"));
}

TEST(Origin, OfAStrangerIsRefused) {
  for (const char* origin : {"null", "https://evil.example", "http://localhost.evil.example", "http://192.168.0.4:9", "file://", "chrome-extension://abc",
                             "http://", "http://localhost@evil.example", "http://localhost:80/x", "localhost"})
    EXPECT_FALSE(origin_allowed(origin, "127.0.0.1:8080")) << origin;
}

}  // namespace
}  // namespace lab::server
