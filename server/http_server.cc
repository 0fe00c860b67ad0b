#include "server/http_server.h"

#include <httplib.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/cat.h"
#include "server/crowd.h"

namespace lab::server {
namespace {

using Admit = std::function<std::optional<HttpReply>(const HttpRequest&)>;

/// A Connection as the library wants to see it.
class Wire final : public httplib::Stream {
 public:
  explicit Wire(Connection& connection) : connection_(connection) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return !connection_.client_gone(); }
  ssize_t read(char* out, size_t size) override { return connection_.read(out, size); }
  ssize_t write(const char* bytes, size_t size) override { return connection_.write(bytes, size); }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return connection_.fd(); }

 private:
  Connection& connection_;
};

/// Threads for connections, with room made for each new one.
class Threads final : public httplib::TaskQueue {
 public:
  explicit Threads(Crowd& crowd) : crowd_(crowd), pool_(crowd.most()) {}
  void enqueue(std::function<void()> serve) override {
    crowd_.announce();
    pool_.enqueue(std::move(serve));
  }
  void shutdown() override {
    crowd_.cut_all();
    pool_.shutdown();
  }

 private:
  Crowd& crowd_;
  httplib::ThreadPool pool_;
};

/// The connection that this thread serves; the library's handlers are told of the request only.
thread_local Connection* serving = nullptr;

HttpRequest request_of(const httplib::Request& from) {
  HttpRequest request;
  request.method = from.method;
  request.target = from.target;
  request.headers = Headers(from.headers.begin(), from.headers.end());
  if (auto range = request.headers.extract(std::string(kRangeAlias)); !range.empty()) {
    range.key() = "Range";
    request.headers.insert(std::move(range));
  }
  Connection* connection = serving;
  request.client_gone = [connection] { return connection->client_gone(); };
  return request;
}

void give_file(httplib::Response& to, const std::string& type, FileBody body) {
  if (body.length == 0) return to.set_content("", type);
  to.set_content_provider(body.length, type, [body = std::move(body)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    std::string piece(std::min<std::size_t>(length, 64 << 10), '\0');
    const ssize_t count = ::pread(body.file->fd(), piece.data(), piece.size(), static_cast<off_t>(body.begin + offset));
    return count > 0 && sink.write(piece.data(), static_cast<std::size_t>(count));
  });
}

void give_stream(httplib::Response& to, const std::string& type, StreamBody next, bool chunks) {
  auto provider = [next = std::move(next)](std::size_t, httplib::DataSink& sink) {
    std::string piece;
    const bool more = next(piece);
    if (!piece.empty() && !sink.write(piece.data(), piece.size())) return false;
    if (!more) sink.done();
    return true;
  };
  if (chunks) to.set_chunked_content_provider(type, provider);
  else to.set_content_provider(type, provider);
}

void give(const httplib::Request& request, httplib::Response& to, HttpReply reply) {
  to.status = reply.status;
  for (const auto& [name, value] : reply.headers) to.set_header(name, value);
  if (auto* text = std::get_if<std::string>(&reply.body)) {
    if (reply.status != 204 && reply.status != 304) to.set_content(*text, reply.content_type);
  } else if (auto* file = std::get_if<FileBody>(&reply.body)) {
    give_file(to, reply.content_type, std::move(*file));
  } else {
    give_stream(to, reply.content_type, std::move(std::get<StreamBody>(reply.body)), request.version != "HTTP/1.0");
  }
}

HttpReply body_missing(int status) {
  return text_reply(status, status == 413 ? "The request's body is too large." : "The request's body did not arrive whole and in time.");
}

/// 0, or why the body that these headers announce is not read.
int body_refusal(const httplib::Request& request, std::size_t limit) {
  if (!request.has_header("Content-Length")) return 0;
  const std::string text = request.get_header_value("Content-Length");
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return 400;
  return text.size() > 18 || std::stoull(text) > limit ? 413 : 0;
}

}  // namespace

struct HttpServer::Running final : httplib::Server {
  Running(HttpServerOptions given, Admit admit_with, HttpHandler handle_with)
      : options(std::move(given)), admit(std::move(admit_with)), handle(std::move(handle_with)), crowd(options.connections) {
    new_task_queue = [this] { return new Threads(crowd); };
    // The library's default would let a second server share the port.
    set_socket_options([](socket_t fd) {
      const int yes = 1;
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    set_tcp_nodelay(true);
    set_payload_max_length(options.limits.body_bytes);
    set_pre_routing_handler([this](const auto& request, auto& to) { return before_body(request, to); });
    Post(options.post_path, [this](const auto& request, auto& to, const auto& reader) { with_body(request, to, reader); });
    set_error_handler([](const httplib::Request&, httplib::Response& to) {
      if (to.body.empty()) to.set_content(cat("This request cannot be answered (status ", to.status, ").\n"), "text/plain; charset=utf-8");
    });
    set_exception_handler([](const auto&, httplib::Response& to, std::exception_ptr) {
      to.status = 500;
      to.set_content("There is not enough memory to answer this request.\n", "text/plain; charset=utf-8");
    });
    set_post_routing_handler([this](const auto&, httplib::Response& to) {
      for (const auto& [name, value] : options.headers)
        if (!to.has_header(name)) to.set_header(name, value);
    });
  }

  /// The library lets five clients knock at a time; the next ones would wait a second.
  void lengthen_queue() { ::listen(svr_sock_, SOMAXCONN); }

  HandlerResponse before_body(const httplib::Request& from, httplib::Response& to) {
    const HttpRequest request = request_of(from);
    const bool reads_body = from.method == "POST" && from.path == options.post_path;
    if (auto refusal = admit(request)) give(from, to, std::move(*refusal));
    else if (const int status = body_refusal(from, options.limits.body_bytes); status != 0) give(from, to, body_missing(status));
    else if (reads_body) return HandlerResponse::Unhandled;
    else give(from, to, handle(request));
    return HandlerResponse::Handled;
  }

  void with_body(const httplib::Request& from, httplib::Response& to, const httplib::ContentReader& reader) {
    HttpRequest request = request_of(from);
    const std::size_t limit = options.limits.body_bytes;
    bool too_large = false;
    const bool whole = reader([&](const char* bytes, std::size_t size) {
      too_large = request.body.size() + size > limit;
      if (!too_large) request.body.append(bytes, size);
      return !too_large;
    });
    to.status = -1;
    if (whole) give(from, to, handle(request));
    else give(from, to, body_missing(too_large || serving->body_too_large() ? 413 : 408));
  }

  void refuse(Connection& connection, int status) {
    const std::string_view reason = status == 408 ? "Request Timeout" : status == 431 ? "Request Header Fields Too Large" : "Bad Request";
    const std::string text = cat(status, " ", reason, "\n");
    std::string out = cat("HTTP/1.1 ", status, " ", reason, "\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ", text.size(), "\r\n");
    for (const auto& [name, value] : options.headers) out += cat(name, ": ", value, "\r\n");
    out += cat("\r\n", text);
    connection.write(out.data(), out.size());
  }

  bool process_and_close_socket(socket_t fd) override {
    Connection connection(fd, options.limits, [this] { crowd.make_room(); });
    crowd.enter(connection);
    serving = &connection;
    try {
      const int refusal = connection.read_head();
      Wire wire(connection);
      bool closed = true;
      // Compression is left out, and the library is not to answer ranges.
      if (refusal > 0) refuse(connection, refusal);
      else if (refusal == 0) process_request(wire, true, closed, [](httplib::Request& request) { request.headers.erase("Accept-Encoding"); });
    } catch (const std::exception&) {
      // Out of memory before there was an answer: this client gets none, the others do.
    }
    serving = nullptr;
    connection.finish();
    crowd.leave(connection);
    return true;
  }

  HttpServerOptions options;
  Admit admit;
  HttpHandler handle;
  Crowd crowd;
  int bound_port = 0;
  std::atomic<bool> ended{false};
  std::thread listener;
};

HttpServer::HttpServer(std::unique_ptr<Running> running) : running_(std::move(running)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Admit admit, HttpHandler handle) {
  auto running = std::make_unique<Running>(std::move(options), std::move(admit), std::move(handle));
  Running& server = *running;
  errno = 0;
  const std::string& host = server.options.host;
  const int port = server.options.port;
  server.bound_port = port == 0 ? server.bind_to_any_port(host) : server.bind_to_port(host, port) ? port : -1;
  if (server.bound_port <= 0) {
    if (errno == EADDRINUSE) return fail(Error{Code::kBusy, cat("another program listens on port ", port)}.of("port").fix("Take another --port."));
    if (errno == EACCES) return fail(Error{Code::kIo, cat("this user may not listen on port ", port)}.of("port").fix("Take a --port above 1023."));
    return fail(Error{Code::kBadArgument, cat("'", host, "' is no address of this machine")}.of("host").fix("Take 127.0.0.1, or 0.0.0.0 for all addresses."));
  }
  server.lengthen_queue();
  server.listener = std::thread([&server] {
    server.listen_after_bind();
    server.ended = true;
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(running)));
}

HttpServer::~HttpServer() {
  while (!running_->is_running() && !running_->ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  running_->stop();
  running_->listener.join();
}

int HttpServer::port() const { return running_->bound_port; }

}  // namespace lab::server
