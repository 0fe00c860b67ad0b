// lora-lab chat: a conversation in the terminal, with base and adapter in one loaded model.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "base/cat.h"
#include "commands.h"
#include "conversation.h"
#include "interrupts.h"
#include "sampling_options.h"
#include "text/chat_template.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  ModelOptions model;
  GenerateOptions generate;
  std::string system;
  std::int64_t context = 2048;
};

constexpr const char* kHelp =
    "/base      answer without the adapter\n"
    "/adapter   answer with the adapter\n"
    "/again     answer the last question again, with the present choice\n"
    "/new       forget the conversation\n"
    "/exit      leave (also Ctrl-D)\n"
    "Ctrl-C     end the answer that is being written; at the prompt: leave\n";

class Conversation {
 public:
  Conversation(const Options& options, const Workbench& bench, std::shared_ptr<const Tokenizer> tokenizer, ChatTemplate chat, std::unique_ptr<Session> session)
      : o_(options), bench_(bench), tokenizer_(std::move(tokenizer)), chat_(std::move(chat)), session_(std::move(session)), with_adapter_(bench.adapter.has_value()) {
    forget();
  }

  Status loop() {
    const bool terminal = isatty(STDIN_FILENO) == 1;
    if (terminal) std::printf("Type a message, or /help.\n");
    for (std::string line;;) {
      if (terminal) std::printf("\n%s> ", bench_.adapter ? (with_adapter_ ? "adapter" : "base") : "you");
      if (!print_now("")) return {};
      if (!std::getline(std::cin, line) || line == "/exit" || interrupts() > 0) {
        if (terminal) std::printf("\n");
        return {};
      }
      if (line.empty()) continue;
      // A message that cannot be answered is forgotten; the conversation goes on.
      if (Status status = take(line); !status) {
        report(status.error(), false);
        auto& list = messages_.array();
        if (!list.empty() && list.back().find("role")->string() == "user") list.pop_back();
      }
      // Ctrl-C has ended the answer and does not end the conversation; SIGTERM does.
      if (terminated()) return {};
      forget_interrupts();
    }
  }

 private:
  Status take(const std::string& line) {
    if (line == "/help") std::printf("%s", kHelp);
    else if (line == "/base" || line == "/adapter") choose(line == "/adapter");
    else if (line == "/new") forget();
    else if (line == "/again") return again();
    else if (line.front() == '/') std::printf("There is no %s.\n%s", line.c_str(), kHelp);
    else return ask(line);
    return {};
  }

  void choose(bool adapter) {
    if (adapter && !bench_.adapter) {
      std::printf("No adapter is loaded; start with --adapter.\n");
      return;
    }
    // The cache was computed by the other one.
    if (adapter != with_adapter_) session_->truncate(0);
    with_adapter_ = adapter;
    std::printf("Answers come from the %s now.\n", adapter ? "adapter" : "base");
  }

  void forget() {
    messages_ = Json::Array{};
    if (!o_.system.empty()) messages_.array().push_back(message("system", o_.system));
  }

  static Json message(const char* role, const std::string& content) {
    return Json(Json::Object{}).set("role", role).set("content", content);
  }

  Status ask(const std::string& text) {
    messages_.array().push_back(message("user", text));
    return answer();
  }

  Status again() {
    auto& list = messages_.array();
    if (list.empty() || list.back().find("role")->string() != "assistant") {
      std::printf("There is no answer yet.\n");
      return {};
    }
    list.pop_back();
    return answer();
  }

  /// The conversation's ids; its oldest questions and answers are forgotten where the context is full.
  Result<std::vector<std::int32_t>> prompt() {
    for (;;) {
      ChatOptions options = chat_options(*tokenizer_);
      options.add_generation_prompt = true;
      LAB_TRY(const Rendered rendered, chat_.render(messages_, options));
      LAB_TRY(auto ids, encode_rendered(tokenizer_, rendered));
      const std::int64_t room = session_->capacity() - static_cast<std::int64_t>(ids.size());
      auto& list = messages_.array();
      const std::size_t first = !list.empty() && list.front().find("role")->string() == "system" ? 1 : 0;
      if (room >= std::min<std::int64_t>(o_.generate.max_tokens, session_->capacity() / 4) || list.size() < first + 3) return ids;
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(first), list.begin() + static_cast<std::ptrdiff_t>(first) + 2);
      std::fprintf(stderr, "[the context is full: the oldest question and its answer are forgotten]\n");
    }
  }

  Status answer() {
    LAB_TRY(const auto ids, prompt());
    auto sink = [](std::string_view text) { return print_now(text) && interrupts() == 0; };
    LAB_TRY(const Generated out, generate(*session_, with_adapter_ ? bench_.model : bench_.base, tokenizer_, ids, o_.generate, sink));
    std::printf("\n");
    if (out.reason == StopReason::kContextFull) std::fprintf(stderr, "[the context is full: the answer was cut]\n");
    if (out.reason == StopReason::kCancelled) std::fprintf(stderr, "[the answer was stopped]\n");
    messages_.array().push_back(message("assistant", out.text));
    return {};
  }

  const Options& o_;
  const Workbench& bench_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  ChatTemplate chat_;
  std::unique_ptr<Session> session_;
  bool with_adapter_;
  Json messages_;
};

Status run(const Options& o) {
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  LAB_TRY(auto tokenizer, bench.source->tokenizer());
  if (!tokenizer->chat_template())
    return fail(Error{Code::kNotFound, "the model has no chat template"}.in(bench.source->path()).fix("Use 'generate', or an instruction-tuned model."));
  LAB_TRY(auto chat, ChatTemplate::parse(*tokenizer->chat_template(), bench.source->path()));
  LAB_TRY(auto session, Session::create(*bench.device, bench.model, std::min(o.context, bench.base.config.max_positions)));
  catch_interrupts(Reading::kWakes);
  return Conversation(o, bench, tokenizer, std::move(chat), std::move(session)).loop();
}

}  // namespace

void add_chat(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("chat", "A conversation in the terminal; /base and /adapter switch on the fly");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model);
  command->add_option("--system", o->system, "What the model is told before the conversation");
  command->add_option("--context", o->context, "Most tokens of the conversation")->capture_default_str()->check(in_range(64, 1 << 24));
  add_sampling_options(*command, o->generate);
  command->callback([o, &exit] {
    if (Status status = run(*o); !status) exit.status = report(status.error(), false);
    else if (interrupts() > 0) exit.status = kInterruptedStatus;
  });
}

}  // namespace lab::cli
