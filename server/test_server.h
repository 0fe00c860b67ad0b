// The whole server in a test: with a folder of files, short times, and a model made of sand.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "server/raw_client.h"
#include "server/studio_server.h"

namespace lab::server {

using std::chrono::milliseconds;

class TestServer : public testing::Test {
 protected:
  static constexpr std::size_t kConnections = 12, kWaiting = 2, kBigFile = 16 << 20;

  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("lab_server_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "index.html") << "<h1>studio</h1>";
    std::ofstream(folder_ / "ten.txt") << "0123456789";
    std::ofstream(folder_ / "big.bin") << std::string(kBigFile, 'x');
    std::filesystem::create_directories(folder_ / "kept");
    std::ofstream(folder_ / "kept" / "tiny.gguf") << "GGUF";
    std::ofstream(folder_ / "kept" / "notes.txt") << "private";
    start(milliseconds(300));
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start(milliseconds patience) {
    HttpServerOptions options;
    options.port = 0;
    options.connections = kConnections;
    options.limits.body_bytes = 100'000;
    options.limits.head_time = options.limits.body_time = options.limits.write_time = patience;
    auto chat = std::make_unique<ChatApi>(std::vector<std::string>{"sand+grains", "sand"},
                                          [this](const ChatRequest& request, const TextTaker& take) { return answer(request, take); }, kWaiting);
    server_ = StudioServer::start(options, StaticFiles::open(folder_).value(), std::move(chat), StaticFiles::open(folder_ / "kept", {"tiny.gguf"}).value()).value();
    port_ = server_->port();
  }

  /// Says the last message again, `max_tokens` times; a millisecond a word if it is "slow".
  std::expected<Answered, ApiError> answer(const ChatRequest& request, const TextTaker& take) {
    const std::string word = request.messages.array().back().find("content")->string() + " ";
    if (word == "wrong ") return std::unexpected(ApiError{400, "This cannot be answered.", "messages", {}});
    Answered answered{1, 0, true};
    answering_ = true;
    while (answered.completion_tokens < request.max_tokens.value_or(3) && take(word)) {
      ++answered.completion_tokens;
      ++words_;
      if (word == "slow ") std::this_thread::sleep_for(milliseconds(1));
    }
    answering_ = false;
    return answered;
  }

  static std::string chat(std::string_view word, int max_tokens, bool stream) {
    return chat_bytes(std::string(R"({"messages":[{"role":"user","content":")").append(word).append("\"}],\"max_tokens\":").append(std::to_string(max_tokens))
                          .append(stream ? ",\"stream\":true}" : "}"));
  }

  /// Waits until nothing is being answered; false after two seconds.
  bool idle() const {
    for (int i = 0; i < 2000 && answering_; ++i) std::this_thread::sleep_for(milliseconds(1));
    return !answering_;
  }

  std::filesystem::path folder_;
  std::atomic<bool> answering_{false};
  std::atomic<int> words_{0};
  std::unique_ptr<StudioServer> server_;
  int port_ = 0;
};

}  // namespace lab::server
