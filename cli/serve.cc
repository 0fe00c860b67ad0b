// lora-lab serve: the studio's files and an OpenAI-compatible interface to the model, on this machine.
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <random>

#include "base/cat.h"
#include "commands.h"
#include "conversation.h"
#include "known_models.h"
#include "infer/generate.h"
#include "server/studio_server.h"
#include "text/chat_template.h"
#include "workbench.h"

namespace lab::cli {
namespace {

namespace fs = std::filesystem;
using server::Answered;
using server::ApiError;
using server::ChatRequest;

struct Options {
  ModelOptions model;
  std::string host = "127.0.0.1", studio;
  int port = 8080;
  std::int64_t context = 2048;
};

/// What a model is called in the interface: a known name, else the last part of its path.
std::string id_of(const std::string& path_or_name) {
  fs::path path(path_or_name);
  if (path.filename().empty()) path = path.parent_path();
  const fs::path name = path.filename();
  return name.extension() == ".gguf" || name.extension() == ".safetensors" ? name.stem().string() : name.string();
}

ApiError api_error(const Error& error) {
  const bool asked = error.code == Code::kLimit || error.code == Code::kBadTemplate || error.code == Code::kBadText || error.code == Code::kEmpty;
  const char* code = error.code == Code::kLimit ? "context_length_exceeded" : "";
  return {asked ? 400 : 500, error.message, asked ? "messages" : "", code};
}

/// One loaded model, with and without its adapter, that answers one conversation after another.
class Answers {
 public:
  static Result<std::shared_ptr<Answers>> create(const Workbench& bench, const Options& o) {
    LAB_TRY(auto tokenizer, bench.source->tokenizer());
    if (!tokenizer->chat_template())
      return fail(Error{Code::kNotFound, "the model has no chat template"}.in(bench.source->path()).fix("Use an instruction-tuned model."));
    LAB_TRY(auto chat, ChatTemplate::parse(*tokenizer->chat_template(), bench.source->path()));
    LAB_TRY(auto session, Session::create(*bench.device, bench.model, std::min(o.context, bench.base.config.max_positions)));
    return std::shared_ptr<Answers>(new Answers(bench, o, std::move(tokenizer), std::move(chat), std::move(session)));
  }

  /// The default first: with the adapter, if there is one.
  std::vector<std::string> models() const {
    return adapted_.empty() ? std::vector{base_} : std::vector{adapted_, base_};
  }

  std::expected<Answered, ApiError> answer(const ChatRequest& request, const server::TextTaker& take) {
    auto made = try_answer(request, take);
    if (!made) return std::unexpected(api_error(made.error()));
    return *made;
  }

 private:
  Answers(const Workbench& bench, const Options& o, std::shared_ptr<const Tokenizer> tokenizer, ChatTemplate chat, std::unique_ptr<Session> session)
      : bench_(bench), tokenizer_(std::move(tokenizer)), chat_(std::move(chat)), session_(std::move(session)), base_(id_of(o.model.model)),
        adapted_(o.model.adapter.empty() ? "" : cat(base_, "+", id_of(o.model.adapter))) {}

  Result<Answered> try_answer(const ChatRequest& request, const server::TextTaker& take) {
    ChatOptions options = chat_options(*tokenizer_);
    options.add_generation_prompt = true;
    LAB_TRY(const Rendered rendered, chat_.render(request.messages, options));
    LAB_TRY(const auto prompt, encode_rendered(tokenizer_, rendered));

    const bool adapted = request.model == adapted_;
    // The cache was computed by the other one.
    if (adapted != cached_adapted_) session_->truncate(0);
    cached_adapted_ = adapted;
    GenerateOptions how;
    how.max_tokens = request.max_tokens.value_or(session_->capacity());
    how.sampler.temperature = request.temperature;
    how.sampler.top_p = request.top_p;
    how.sampler.seed = request.seed ? static_cast<std::uint64_t>(*request.seed) : std::random_device{}();
    how.stop = request.stop;
    const Model& model = adapted ? bench_.model : bench_.base;
    LAB_CHECK(read(prompt, model, take));
    LAB_TRY(const Generated out, generate(*session_, model, tokenizer_, prompt, how, take));
    const bool cut = out.reason == StopReason::kMaxTokens || out.reason == StopReason::kContextFull;
    return Answered{static_cast<std::int64_t>(prompt.size()), static_cast<std::int64_t>(out.ids.size()), cut};
  }

  /// Reads all of a long prompt but its end, in pieces, to see between them whether somebody still waits.
  Status read(std::span<const std::int32_t> prompt, const Model& model, const server::TextTaker& take) {
    constexpr std::size_t kPiece = 256;
    if (static_cast<std::int64_t>(prompt.size()) > session_->capacity()) return {};
    GenerateOptions nothing_new;
    nothing_new.max_tokens = 0;
    for (std::size_t end = kPiece; end < prompt.size() && take(""); end += kPiece)
      LAB_CHECK(generate(*session_, model, tokenizer_, prompt.first(end), nothing_new, take));
    return take("") ? Status{} : fail(Code::kInterrupted, "nobody waits for this answer");
  }

  const Workbench& bench_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  ChatTemplate chat_;
  std::unique_ptr<Session> session_;
  std::string base_, adapted_;
  bool cached_adapted_ = false;
};

/// Ctrl-C and SIGTERM wait for await_end() instead of ending the process; for all threads made later.
sigset_t hold_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  // A program that a script starts in the background is born ignoring Ctrl-C, and what is ignored
  // does not wait.
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  return ends;
}

void await_end(const sigset_t& ends) {
  int which = 0;
  sigwait(&ends, &which);
  // A second one ends the process at once.
  pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
}

/// The built studio beside this program, in the tree that it was built in; empty if there is none.
std::string built_studio() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  const fs::path folder = program.parent_path() / "../../../studio/dist";
  return fs::exists(folder / "index.html", error) ? fs::weakly_canonical(folder, error).string() : "";
}

Result<std::optional<server::StaticFiles>> open_studio(const std::string& folder) {
  if (folder.empty()) return std::nullopt;
  LAB_TRY(auto files, server::StaticFiles::open(folder));
  return files;
}

/// The known models that are on this machine, for the studio.
std::optional<server::StaticFiles> kept_models() {
  std::vector<std::string> files;
  for (const KnownModel& model : known_models())
    if (is_cached(model)) files.emplace_back(model.file);
  if (files.empty()) return std::nullopt;
  auto opened = server::StaticFiles::open(cache_folder(), std::move(files));
  return opened ? std::optional(std::move(*opened)) : std::nullopt;
}

Status run(const Options& o) {
  const sigset_t ends = hold_signals();
  LAB_TRY(auto files, open_studio(o.studio));
  LAB_TRY(const Workbench bench, open_workbench(o.model));
  LAB_TRY(const auto answers, Answers::create(bench, o));
  auto chat = std::make_unique<server::ChatApi>(
      answers->models(), [answers](const ChatRequest& request, const server::TextTaker& take) { return answers->answer(request, take); });
  server::HttpServerOptions options;
  options.host = o.host;
  options.port = o.port;
  LAB_TRY(const auto running, server::StudioServer::start(std::move(options), std::move(files), std::move(chat), kept_models()));
  const std::string host = o.host.find(':') == std::string::npos ? o.host : cat("[", o.host, "]");
  std::printf("http://%s:%d/\n", host.c_str(), running->port());
  std::fflush(stdout);
  std::fprintf(stderr, "The interface for programs is http://%s:%d/v1; Ctrl-C ends the server.\n", host.c_str(), running->port());
  await_end(ends);
  return {};
}

}  // namespace

void add_serve(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("serve", "Serves the studio, and the model to OpenAI's clients, on this machine");
  auto o = std::make_shared<Options>();
  add_model_options(*command, o->model);
  command->add_option("--host", o->host, "The address to listen on; only this machine reaches 127.0.0.1")->capture_default_str();
  command->add_option("--port", o->port, "The port; 0 takes a free one and prints it")->capture_default_str()->check(CLI::Range(0, 65535));
  command->add_option("--context", o->context, "Most tokens of a conversation with its answer")->capture_default_str()->check(CLI::Range(64, 1 << 24));
  CLI::Option* studio = command->add_option("--studio", o->studio, "The folder of the built studio; the one built beside this program if left out, none if empty");
  command->callback([o, studio, &exit] {
    if (studio->count() == 0) o->studio = built_studio();
    const Status status = run(*o);
    exit.status = status ? kInterruptedStatus : report(status.error(), false);
  });
}

}  // namespace lab::cli
