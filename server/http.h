// What a request is and what an answer is, for everything behind the HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lab::server {

/// Header names compare without regard to case (RFC 9110, 5.1).
struct NameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, NameLess>;

struct HttpRequest {
  std::string method, target;
  Headers headers;
  std::string body;
  /// Has the client closed its connection?
  std::function<bool()> client_gone = [] { return false; };

  /// The value of the first header of this name; empty if there is none.
  std::string_view header(std::string_view name) const;
};

/// An open file; the descriptor is closed with the last reference.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// Bytes [begin, begin + length) of a file.
struct FileBody {
  std::shared_ptr<const OpenFile> file;
  std::uint64_t begin = 0, length = 0;
};

/// Gives the next piece of a body whose length nobody knows yet; false after the last one. An empty
/// piece is no end.
using StreamBody = std::function<bool(std::string& piece)>;

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::variant<std::string, FileBody, StreamBody> body{};
};

using HttpHandler = std::function<HttpReply(const HttpRequest&)>;

/// An answer that is one sentence of text.
HttpReply text_reply(int status, std::string_view sentence);

}  // namespace lab::server
