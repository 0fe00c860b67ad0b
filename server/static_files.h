// A folder whose files are served, and nothing outside it.
#pragma once

#include <expected>
#include <string>

#include "base/result.h"
#include "server/http.h"

namespace lab::server {

class StaticFiles {
 public:
  /// kNotFound or kIo if `folder` cannot be used.
  static Result<StaticFiles> open(const std::string& folder);

  /// Answers GET and HEAD for `request.target`: the file, a part of it (Range, If-Range), 304 if the
  /// client has it (If-None-Match), 416, or a refusal. A folder is answered with its index.html; links
  /// are followed only to files inside the folder.
  HttpReply answer(const HttpRequest& request) const;

 private:
  explicit StaticFiles(std::string root) : root_(std::move(root)) {}
  struct Found {
    FileBody body;
    std::string etag, content_type;
  };
  std::expected<Found, int> find(std::string_view target) const;

  std::string root_;  ///< resolved, without links
};

}  // namespace lab::server
