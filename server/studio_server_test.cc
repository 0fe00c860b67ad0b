#include "server/studio_server.h"

#include "server/test_server.h"

namespace lab::server {
namespace {

using StudioServerTest = TestServer;

void expect_contains(const std::string& answer, std::string_view part) {
  EXPECT_NE(answer.find(part), std::string::npos) << "without " << part << ": " << answer.substr(0, 2000);
}

TEST_F(StudioServerTest, GivesFilesWholeAndInParts) {
  expect_contains(get(port_, "/"), "\r\n\r\n<h1>studio</h1>");
  const std::string part = get(port_, "/ten.txt", "Range: bytes=2-4\r\n");
  EXPECT_EQ(status_of(part), 206);
  expect_contains(part, "Content-Range: bytes 2-4/10\r\n");
  expect_contains(part, "Content-Length: 3\r\n");
  EXPECT_TRUE(part.ends_with("\r\n\r\n234"));
  EXPECT_TRUE(get(port_, "/ten.txt", "RANGE: bytes=-1\r\n").ends_with("\r\n\r\n9"));
  for (const char* range : {"Range: bytes=0-1,4-5\r\n", "Range: bytes=5-2\r\n", "Range: lines=1-2\r\n", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n"})
    EXPECT_TRUE(get(port_, "/ten.txt", range).ends_with("\r\n\r\n0123456789")) << range;
  const std::string none = get(port_, "/ten.txt", "Range: bytes=10-\r\n");
  EXPECT_EQ(status_of(none), 416);
  expect_contains(none, "Content-Range: bytes */10");
  const std::string big = get(port_, "/big.bin");
  EXPECT_EQ(big.size() - big.find("\r\n\r\n") - 4, kBigFile);
  EXPECT_EQ(status_of(get(port_, "/none")), 404);
  EXPECT_EQ(status_of(get(port_, "/%2e%2e/etc/passwd")), 403);
  EXPECT_EQ(status_of(get(port_, "/%")), 400);
}

TEST_F(StudioServerTest, GivesTheKnownModelsAndNothingBesideThem) {
  EXPECT_TRUE(get(port_, "/models/tiny.gguf").ends_with("\r\n\r\nGGUF"));
  EXPECT_TRUE(get(port_, "/models/tiny.gguf", "Range: bytes=1-2\r\n").ends_with("\r\n\r\nGU"));
  for (const char* path : {"/models/notes.txt", "/models/", "/models/none.gguf"}) EXPECT_EQ(status_of(get(port_, path)), 404) << path;
  EXPECT_EQ(status_of(get(port_, "/models/../ten.txt")), 403);
}

TEST_F(StudioServerTest, GivesHeadsWithoutBodies) {
  const std::string head = ask(port_, "HEAD /ten.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect_contains(head, "Content-Length: 10\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(StudioServerTest, SendsTheStudiosHeadersWithEveryAnswer) {
  const std::string huge(40'000, 'a');
  for (const std::string& answer : {get(port_, "/"), get(port_, "/none"), get(port_, "/v1/models"), get(port_, "/x", huge), ask(port_, "GARBAGE\r\n\r\n"),
                                    ask(port_, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), ask(port_, chat("hi", 2, true))}) {
    for (const auto& [name, value] : studio_headers()) expect_contains(answer, name + ": " + value + "\r\n");
    expect_contains(answer, "Connection: close\r\n");
  }
}

TEST_F(StudioServerTest, AnswersConversations) {
  const std::string answer = ask(port_, chat("hi", 2, false));
  expect_contains(answer, R"("message":{"role":"assistant","content":"hi hi ")");
  expect_contains(answer, R"("finish_reason":"length")");
  expect_contains(answer, R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3})");
  const std::string models = get(port_, "/v1/models");
  expect_contains(models, R"("id":"sand+grains")");
  expect_contains(models, R"("id":"sand","object":"model")");
}

TEST_F(StudioServerTest, AnswersConversationsPieceByPiece) {
  const std::string answer = ask(port_, chat("hi", 2, true));
  expect_contains(answer, "Content-Type: text/event-stream\r\n");
  expect_contains(answer, R"("delta":{"role":"assistant","content":""})");
  expect_contains(answer, "hi ");
  expect_contains(answer, R"("delta":{},"logprobs":null,"finish_reason":"length")");
  EXPECT_TRUE(answer.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n")) << answer;
  const std::string old = "POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ";
  const std::string body = R"({"messages":[{"role":"user","content":"x"}],"stream":true})";
  EXPECT_TRUE(ask(port_, old + std::to_string(body.size()) + "\r\n\r\n" + body).ends_with("data: [DONE]\n\n")) << "HTTP/1.0 knows no chunks";
}

TEST_F(StudioServerTest, SaysMistakesAsOpenAiDoes) {
  expect_contains(ask(port_, chat_bytes("{}")), R"({"error":{"message":"'messages' is missing.","type":"invalid_request_error","param":"messages","code":null}})");
  const std::string model = ask(port_, chat_bytes(R"({"model":"clay","messages":[{"role":"user","content":"x"}]})"));
  EXPECT_EQ(status_of(model), 404);
  expect_contains(model, R"("param":"model","code":"model_not_found")");
  for (const bool stream : {false, true}) EXPECT_EQ(status_of(ask(port_, chat("wrong", 3, stream))), 400) << "the status is true even for a stream";
  EXPECT_EQ(status_of(get(port_, "/v1/embeddings")), 404);
  EXPECT_EQ(status_of(get(port_, "/v1/chat/completions")), 405);
  EXPECT_EQ(status_of(ask(port_, "DELETE /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")), 405);
}

TEST_F(StudioServerTest, AnswersOnlyItsOwnName) {
  for (const char* host : {"Host: evil.example\r\n", "Host: evil.example:8080\r\n", "", "Host:\r\n", "Host: 127.0.0.1.evil.example\r\n"})
    for (const char* target : {"/", "/v1/models"}) EXPECT_EQ(status_of(ask(port_, std::string("GET ") + target + " HTTP/1.1\r\n" + host + "\r\n")), 403) << host;
  EXPECT_EQ(status_of(ask(port_, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")), 400);
}

TEST_F(StudioServerTest, KeepsPagesOfStrangersFromTheModel) {
  EXPECT_EQ(status_of(get(port_, "/v1/models", "Origin: https://evil.example\r\n")), 403);
  EXPECT_EQ(status_of(get(port_, "/v1/models", "Origin: null\r\n")), 403);
  const std::string body = R"({"messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(status_of(ask(port_, chat_bytes(body, "Origin: https://evil.example\r\n"))), 403);
  const std::string plain = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  EXPECT_EQ(status_of(ask(port_, plain)), 415) << "what a page may send without asking";
  EXPECT_EQ(words_, 0);
  expect_contains(get(port_, "/v1/models", "Origin: http://localhost:5173\r\n"), "Access-Control-Allow-Origin: http://localhost:5173\r\n");
  const std::string preflight = ask(port_, "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:5173\r\n\r\n");
  EXPECT_EQ(status_of(preflight), 204);
  expect_contains(preflight, "Access-Control-Allow-Methods: GET, POST\r\n");
}

TEST_F(StudioServerTest, TakesOnlySoManyRequests) {
  const RawClient first(port_);
  first.send(chat("slow", 100'000, true));
  first.read("slow");
  std::vector<RawClient> waiting;
  for (std::size_t i = 0; i < kWaiting; ++i) {
    waiting.emplace_back(port_);
    waiting.back().send(chat("slow", 1, false));
  }
  std::this_thread::sleep_for(milliseconds(100));
  const std::string refused = ask(port_, chat("hi", 1, false));
  EXPECT_EQ(status_of(refused), 503);
  expect_contains(refused, "Retry-After: 2\r\n");
  waiting.front().close();
  std::this_thread::sleep_for(milliseconds(100));
  const RawClient late(port_);
  late.send(chat("late", 1, false));
  EXPECT_EQ(late.read({}, milliseconds(100)), "") << "its place was taken over, and it waits";
}

TEST_F(StudioServerTest, HasItsPortForItself) {
  HttpServerOptions options;
  options.port = port_;
  const auto second = StudioServer::start(options, std::nullopt, std::make_unique<ChatApi>(std::vector<std::string>{"m"}, Generator{}));
  EXPECT_EQ(second.error().code, Code::kBusy);
  options.host = "192.0.2.1";
  EXPECT_EQ(StudioServer::start(options, std::nullopt, std::make_unique<ChatApi>(std::vector<std::string>{"m"}, Generator{})).error().code, Code::kBadArgument);
}

TEST_F(StudioServerTest, EndsWhileAnswersAreOnTheirWay) {
  std::vector<RawClient> clients;
  for (const std::string& bytes : {chat("slow", 100'000, true), chat("slow", 100'000, false), std::string("GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n"), std::string("GET")}) {
    clients.emplace_back(port_);
    clients.back().send(bytes);
  }
  std::this_thread::sleep_for(milliseconds(50));
  const auto begin = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_FALSE(answering_);
}

TEST(StudioServer, WithoutAStudioSaysWhatIsHere) {
  HttpServerOptions options;
  options.port = 0;
  const auto server = StudioServer::start(options, std::nullopt, std::make_unique<ChatApi>(std::vector<std::string>{"m"}, Generator{})).value();
  EXPECT_NE(get(server->port(), "/").find("http://127.0.0.1:" + std::to_string(server->port()) + "/v1/chat/completions"), std::string::npos);
  EXPECT_EQ(status_of(get(server->port(), "/index.html")), 404);
}

}  // namespace
}  // namespace lab::server
