// What the server answers: the studio's files, the chat interface, and nobody from elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/chat_api.h"
#include "server/http_server.h"
#include "server/static_files.h"

namespace lab::server {

/// The headers of every answer: the studio needs them to be isolated (shared memory), to run
/// WebAssembly and workers, and to load nothing of strangers.
std::vector<std::pair<std::string, std::string>> studio_headers();

class StudioServer {
 public:
  /// Without `files`, "/" is answered with a page that says what is here. `models` are the model files that the
  /// studio may load, under /models/.
  static Result<std::unique_ptr<StudioServer>> start(HttpServerOptions options, std::optional<StaticFiles> files, std::unique_ptr<ChatApi> chat,
                                                     std::optional<StaticFiles> models = std::nullopt);

  int port() const { return http_->port(); }

 private:
  StudioServer(std::string host, std::optional<StaticFiles> files, std::unique_ptr<ChatApi> chat, std::optional<StaticFiles> models)
      : host_(std::move(host)), files_(std::move(files)), models_(std::move(models)), chat_(std::move(chat)) {}
  std::optional<HttpReply> admit(const HttpRequest& request) const;
  HttpReply answer(const HttpRequest& request) const;

  std::string host_;
  std::optional<StaticFiles> files_, models_;
  std::unique_ptr<ChatApi> chat_;
  std::unique_ptr<HttpServer> http_;  ///< last, so that it stops first
};

}  // namespace lab::server
