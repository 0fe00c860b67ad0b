// The HTTP server: accepts connections and hands whole requests to a handler.
//
// cpp-httplib parses and writes HTTP. Around it stand a time and size limit for everything that a
// client sends or takes (connection.h) and a limit on connections that slow clients cannot use up
// (crowd.h). A connection carries one request, so nothing is left on it that could be taken for
// another one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/connection.h"
#include "server/http.h"

namespace lab::server {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;                   ///< 0 takes a free one
  ConnectionLimits limits{};
  std::size_t connections = 64;      ///< served at a time, a thread each
  /// The one path where POST has a body that is read.
  std::string post_path{};
  /// Sent with every answer, also with those that refuse a request before a handler sees it.
  std::vector<std::pair<std::string, std::string>> headers{};
};

class HttpServer {
 public:
  /// Takes the port and begins. Both functions are called from several threads at once: `admit`
  /// with the head of each request, to refuse it before its body is read; `handle` with the whole.
  /// kBusy if another program has the port, kBadArgument for a host that is not this machine's.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, std::function<std::optional<HttpReply>(const HttpRequest&)> admit,
                                                   HttpHandler handle);
  /// Takes no new connections and closes the open ones.
  ~HttpServer();

  int port() const;

 private:
  struct Running;
  explicit HttpServer(std::unique_ptr<Running> running);
  std::unique_ptr<Running> running_;
};

}  // namespace lab::server
