// Clients that are slow, broken or malicious: each is refused or cut, and no other one notices.
#include "server/test_server.h"

namespace lab::server {
namespace {

using Clock = std::chrono::steady_clock;
using HostileClients = TestServer;
const std::string kHost = "Host: localhost\r\n";
const std::string kPost = "POST /v1/chat/completions HTTP/1.1\r\nContent-Type: application/json\r\n" + kHost;

TEST_F(HostileClients, GetAStatusForWhatIsNoRequest) {
  const std::string long_target = "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n";
  const std::string with_nul = "GET / HTTP/1.1\r\n" + kHost + "X: a" + std::string(1, '\0') + "b\r\n\r\n";
  const std::pair<std::string, int> kCases[] = {
      {"\r\n\r\n", 400}, {"GARBAGE\r\n\r\n", 400}, {"GET /\r\n\r\n", 400}, {"BREW / HTTP/1.1\r\n" + kHost + "\r\n", 400},
      {"GET / HTTP/9.9\r\n" + kHost + "\r\n", 400}, {"GET / HTTP/1.1\n" + kHost + "\r\n\r\n", 400}, {with_nul, 400}, {long_target, 414},
      {"GET http://localhost/ HTTP/1.1\r\n" + kHost + "\r\n", 400}, {"OPTIONS * HTTP/1.1\r\n" + kHost + "\r\n", 405}, {"CONNECT localhost:1 HTTP/1.1\r\n" + kHost + "\r\n", 405},
      {"TRACE / HTTP/1.1\r\n" + kHost + "\r\n", 405}, {"PUT /ten.txt HTTP/1.1\r\n" + kHost + "Content-Length: 1\r\n\r\nx", 405}, {"POST / HTTP/1.1\r\n" + kHost + "\r\n", 405},
      {"GET / HTTP/1.1\r\n" + kHost + "X: " + std::string(40'000, 'a') + "\r\n\r\n", 431}, {std::string(1 << 20, 'A'), 431},
      {kPost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}}", 400}, {kPost + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400},
      {kPost + "Content-Length: -1\r\n\r\n", 400}, {kPost + "Content-Length: two\r\n\r\n{}", 400}, {kPost + "Content-Length: 99999999999999999999\r\n\r\n{}", 413},
      {kPost + "Content-Length: 100001\r\n\r\n{}", 413}, {kPost + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415},
      {kPost + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 408}, {kPost + "Content-Length: 0\r\n\r\n", 400}};
  for (const auto& [bytes, status] : kCases) EXPECT_EQ(status_of(ask(port_, bytes)), status) << bytes.substr(0, 100);
  std::string many = "GET / HTTP/1.1\r\n" + kHost;
  while (many.size() < 31'000) many += "A: b\r\n";
  EXPECT_EQ(status_of(ask(port_, many + "\r\n")), 200) << "many headers cost no more than their bytes";
  EXPECT_EQ(status_of(ask(port_, "GET /ten.txt HTTP/1.1\r\n" + kHost + "Range: bytes=" + std::string(7000, '1') + "-\r\n\r\n")), 416);
}

TEST_F(HostileClients, CannotSendMoreThanTheLimitInChunks) {
  const RawClient client(port_);
  client.send(kPost + "Transfer-Encoding: chunked\r\n\r\n");
  std::string chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
  int sent = 0;
  while (sent < 1000 && client.send(chunk)) ++sent;
  EXPECT_LT(sent, 1000);
  EXPECT_EQ(status_of(get(port_, "/")), 200);
}

TEST_F(HostileClients, HaveSoMuchTimeForARequestAndNoMore) {
  for (const std::string& begin : {std::string("GET / HT"), kPost + "Content-Length: 1000\r\n\r\n{"}) {
    const auto start = Clock::now();
    EXPECT_EQ(status_of(ask(port_, begin)), 408) << begin;
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(4));
    // A byte now and then does not extend it.
    const RawClient dripping(port_);
    dripping.send(begin);
    const auto first = Clock::now();
    while (Clock::now() - first < std::chrono::seconds(10) && dripping.send("x")) {
      if (!dripping.read("\r\n\r\n", milliseconds(40)).empty()) break;
    }
    EXPECT_LT(Clock::now() - first, std::chrono::seconds(4));
  }
  const RawClient silent(port_);
  EXPECT_EQ(silent.read(), "");
}

TEST_F(HostileClients, InAnyNumberDoNotHoldUpAnother) {
  server_.reset();
  start(std::chrono::seconds(60));
  const std::pair<const char*, std::string> kKinds[] = {{"silent", ""}, {"half a head", "GET / HT"}, {"half a body", kPost + "Content-Length: 1000\r\n\r\n{"},
                                                        {"takes nothing", "GET /big.bin HTTP/1.1\r\n" + kHost + "\r\n"}};
  for (const auto& [kind, bytes] : kKinds) {
    std::vector<RawClient> crowd;
    for (std::size_t i = 0; i < 5 * kConnections; ++i) {
      crowd.emplace_back(port_);
      crowd.back().send(bytes);
    }
    for (int i = 0; i < 5; ++i) {
      const auto start = Clock::now();
      EXPECT_EQ(status_of(get(port_, "/")), 200) << kind;
      EXPECT_EQ(status_of(ask(port_, chat("hi", 1, false))), 200) << kind;
      EXPECT_LT(Clock::now() - start, std::chrono::seconds(3)) << kind << ": less than any time limit";
    }
  }
}

TEST_F(HostileClients, ThatTakeNothingOfAStreamDoNotHoldUpTheNextAnswer) {
  const RawClient stalled(port_);
  stalled.send(chat(std::string(2000, 'w'), 5000, true));
  const auto start = Clock::now();
  EXPECT_EQ(status_of(ask(port_, chat("hi", 1, false))), 200);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(4));
}

TEST_F(HostileClients, ThatGoAwayEndTheirAnswer) {
  for (const bool stream : {true, false})
    for (const int how : {0, 1, 2}) {
      RawClient client(port_);
      client.send(chat("slow", 1'000'000, stream));
      for (int i = 0; i < 2000 && !answering_; ++i) std::this_thread::sleep_for(milliseconds(1));
      ASSERT_TRUE(answering_);
      if (stream) EXPECT_NE(client.read("slow slow"), "");
      how == 0 ? client.close() : how == 1 ? client.reset() : client.half_close();
      EXPECT_TRUE(idle()) << stream << how;
    }
  EXPECT_EQ(status_of(ask(port_, chat("hi", 1, false))), 200);
}

TEST_F(HostileClients, CannotHideARequestInARefusedOne) {
  const std::string hidden = chat("hidden", 1, false);
  for (const std::string& head : {std::string("POST /v1/chat/completions HTTP/1.1\r\nOrigin: https://evil.example\r\nContent-Type: text/plain\r\n") + kHost,
                                  "GET / HTTP/1.1\r\nConnection: keep-alive\r\n" + kHost, "POST /ten.txt HTTP/1.1\r\n" + kHost}) {
    const std::string answer = ask(port_, head + "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
    EXPECT_NE(status_of(answer), 0);
    EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << answer;
  }
  EXPECT_EQ(words_, 0);
}

}  // namespace
}  // namespace lab::server
