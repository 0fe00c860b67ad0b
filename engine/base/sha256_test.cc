#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lab {
namespace {

// With and without the processor's instructions.
std::string of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  Sha256 portable(true);
  portable.update(bytes);
  const std::string digest = sha256_hex(bytes);
  EXPECT_EQ(hex(portable.finish()), digest);
  return digest;
}

// The examples of FIPS 180-4 and the byte-oriented test vectors of NIST's SHAVS.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(of("\xd3"), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
  EXPECT_EQ(of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArePutIn) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string_view whole = std::string_view(text).substr(0, length);
    const std::size_t cut = (length * 5) / 7;
    Sha256 hash;
    hash.update(std::as_bytes(std::span(whole.substr(0, cut))));
    hash.update({});
    for (const char c : whole.substr(cut)) hash.update(std::as_bytes(std::span(&c, 1)));
    EXPECT_EQ(hex(hash.finish()), of(whole)) << length;
  }
}

}  // namespace
}  // namespace lab
