// lora-lab serve, as clients see it: the real program and model on a free port.
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "program.h"
#include "server/raw_client.h"

namespace lab {
namespace {

using server::ask;
using server::chat_bytes;
using server::get;
using server::RawClient;
using server::status_of;

/// The program, serving; stopped at the end.
class Serving {
 public:
  explicit Serving(std::vector<std::string> options) {
    int out[2];
    if (pipe(out) != 0) return;
    options.insert(options.begin(), {LAB_PROGRAM, "serve", "--port", "0"});
    std::vector<char*> words;
    for (std::string& word : options) words.push_back(word.data());
    words.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      execv(LAB_PROGRAM, words.data());
      _exit(127);
    }
    ::close(out[1]);
    // "http://127.0.0.1:PORT/"
    std::string line;
    for (char c; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    const std::size_t colon = line.rfind(':');
    port_ = colon == std::string::npos ? 0 : std::atoi(line.c_str() + colon + 1);
  }
  ~Serving() {
    if (pid_ > 0) stop(SIGKILL);
  }

  int port() const { return port_; }
  /// The exit status after this signal; 128 and more if the signal ended the program.
  int stop(int signal) {
    int status = 0;
    kill(pid_, signal);
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int port_ = 0;
};

Json body_of(const std::string& answer) {
  auto json = parse_json(answer.substr(answer.find("\r\n\r\n") + 4));
  EXPECT_TRUE(json) << answer;
  return json ? *json : Json();
}

std::string question(const std::string& fields) {
  return chat_bytes(R"({"messages":[{"role":"user","content":"What is the capital of France?"}],"temperature":0)" + fields + "}");
}

/// The texts of a stream's events, joined.
std::string streamed(const std::string& answer) {
  std::string text;
  for (std::size_t at = answer.find("data: {"); at != std::string::npos; at = answer.find("data: {", at + 1)) {
    const Json event = parse_json(answer.substr(at + 6, answer.find("\n\n", at) - at - 6)).value();
    for (const Json& choice : event.find("choices")->array())
      if (const Json* content = choice.find("delta")->find("content")) text += content->string();
  }
  return text;
}

TEST(Serve, AnswersAsOpenAiDoesWholeAndPieceByPiece) {
  NEED_MODEL();
  Serving serving({});
  ASSERT_GT(serving.port(), 0);
  EXPECT_EQ(body_of(get(serving.port(), "/v1/models")).find("data")->array().at(0).find("id")->string(), "smollm2-135m");

  const Json whole = body_of(ask(serving.port(), question(",\"max_tokens\":30")));
  const Json& choice = whole.find("choices")->array().at(0);
  const std::string text = choice.find("message")->find("content")->string();
  EXPECT_NE(text.find("Paris"), std::string::npos) << text;
  EXPECT_EQ(choice.find("finish_reason")->string(), "stop");
  EXPECT_EQ(whole.find("usage")->find("total_tokens")->integer(),
            whole.find("usage")->find("prompt_tokens")->integer() + whole.find("usage")->find("completion_tokens")->integer());

  const std::string stream = ask(serving.port(), question(R"(,"max_tokens":30,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(streamed(stream), text);
  EXPECT_NE(stream.find("\"usage\":" + whole.find("usage")->dump()), std::string::npos) << stream;
  EXPECT_NE(stream.find("data: [DONE]\n\n"), std::string::npos);

  const Json cut = body_of(ask(serving.port(), question(",\"max_tokens\":3")));
  EXPECT_EQ(cut.find("choices")->array().at(0).find("finish_reason")->string(), "length");
  const Json stopped = body_of(ask(serving.port(), question(",\"stop\":\" Paris\"")));
  EXPECT_EQ(stopped.find("choices")->array().at(0).find("message")->find("content")->string(), text.substr(0, text.find(" Paris")));

  const std::string sampled = R"({"messages":[{"role":"user","content":"Tell me a story."}],"max_tokens":12,"temperature":1.5,"seed":)";
  auto words = [&](const char* seed) { return body_of(ask(serving.port(), chat_bytes(sampled + seed + "}"))).find("choices")->dump(); };
  EXPECT_EQ(words("7"), words("7"));
  EXPECT_NE(words("7"), words("8"));

  std::string much;
  for (int i = 0; i < 3000; ++i) much += "word ";
  const std::string refused = ask(serving.port(), chat_bytes(R"({"stream":true,"messages":[{"role":"user","content":")" + much + "\"}]}"));
  EXPECT_EQ(status_of(refused), 400);
  EXPECT_NE(refused.find("context_length_exceeded"), std::string::npos) << refused;
  EXPECT_EQ(serving.stop(SIGINT), 130);
}

TEST(Serve, KeepsGoingWhateverClientsDo) {
  NEED_MODEL();
  const Folder folder;
  write_text(folder / "index.html", "<h1>studio</h1>");
  Serving serving({"--studio", folder / ""});
  ASSERT_GT(serving.port(), 0);
  EXPECT_NE(get(serving.port(), "/").find("<h1>studio</h1>"), std::string::npos);
  EXPECT_EQ(status_of(get(serving.port(), "/../../etc/passwd")), 403);
  EXPECT_EQ(status_of(ask(serving.port(), "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")), 403);
  EXPECT_EQ(status_of(ask(serving.port(), std::string(100'000, 'A'))), 431);

  // A crowd that begins requests and never ends them, and long answers that nobody takes or waits for.
  std::vector<RawClient> crowd;
  for (int i = 0; i < 150; ++i) {
    crowd.emplace_back(serving.port());
    crowd.back().send(i % 2 == 0 ? "POST /v1/chat/completions HTTP/1.1\r\nHost: local" : "G");
  }
  for (int i = 0; i < 3; ++i) {
    RawClient goes(serving.port());
    goes.send(chat_bytes(R"({"messages":[{"role":"user","content":"Count to a thousand."}],"temperature":0,"stream":true})"));
    goes.read("data: ");
    i == 0 ? goes.close() : i == 1 ? goes.reset() : goes.half_close();
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(status_of(get(serving.port(), "/")), 200);
  EXPECT_EQ(status_of(ask(serving.port(), question(",\"max_tokens\":8"))), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(9)) << "less than the time for a head";
  EXPECT_EQ(serving.stop(SIGTERM), 130);
}

TEST(Serve, OffersTheModelWithAndWithoutItsAdapter) {
  NEED_MODEL();
  Serving serving({"--adapter", LAB_ORACLE_DIR "/smollm2/adapter"});
  ASSERT_GT(serving.port(), 0);
  const Json models = body_of(get(serving.port(), "/v1/models"));
  EXPECT_EQ(models.find("data")->array().at(0).find("id")->string(), "smollm2-135m+adapter");
  EXPECT_EQ(models.find("data")->array().at(1).find("id")->string(), "smollm2-135m");
  auto words = [&](const std::string& model) {
    return body_of(ask(serving.port(), question(",\"max_tokens\":12,\"model\":\"" + model + "\""))).find("choices")->dump();
  };
  const std::string base = words("smollm2-135m"), adapted = words("smollm2-135m+adapter");
  EXPECT_NE(base.find("Paris"), std::string::npos) << base;
  EXPECT_NE(base, adapted);
  EXPECT_EQ(words("smollm2-135m"), base) << "the one leaves nothing behind for the other";
  EXPECT_EQ(status_of(ask(serving.port(), question(",\"model\":\"gpt\""))), 404);
}

TEST(Serve, IsReachedByThisMachineOnly) {
  NEED_MODEL();
  Serving serving({});
  char port[16];
  std::snprintf(port, sizeof port, ":%04X ", serving.port());
  // Local addresses as /proc/net/tcp writes them; state 0A is listening.
  const std::string sockets = read_text("/proc/net/tcp");
  EXPECT_NE(sockets.find(std::string(" 0100007F") + port + "00000000:0000 0A"), std::string::npos) << sockets;
  EXPECT_EQ(sockets.find(std::string(" 00000000") + port), std::string::npos) << sockets;
}

TEST(Serve, SaysWhyItCannotBegin) {
  NEED_MODEL();
  Serving serving({});
  const Outcome second = run_command("lora-lab serve --port " + std::to_string(serving.port()));
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find("another program listens on port"), std::string::npos) << second.err;
  EXPECT_EQ(run_command("lora-lab serve --port 0 --host 192.0.2.1").status, 2);
  EXPECT_EQ(run_command("lora-lab serve --port 0 --studio /nowhere").status, 1);
  EXPECT_EQ(run_command("lora-lab serve --port 70000").status, 2);
}

}  // namespace
}  // namespace lab
