// A folder whose files are served, and nothing outside it.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/http.h"

namespace lab::server {

class StaticFiles {
 public:
  /// kNotFound or kIo if `folder` cannot be used. With names in `only`, there is nothing but those files.
  static Result<StaticFiles> open(const std::string& folder, std::vector<std::string> only = {});

  /// Answers GET and HEAD for `request.target`: the file, a part of it (Range, If-Range), 304 if the
  /// client has it (If-None-Match), 416, or a refusal. A folder is answered with its index.html; links
  /// are followed only to files inside the folder.
  HttpReply answer(const HttpRequest& request) const;

 private:
  StaticFiles(std::string root, std::vector<std::string> only) : root_(std::move(root)), only_(std::move(only)) {}
  struct Found {
    FileBody body;
    std::string etag, content_type;
  };
  std::expected<Found, int> find(std::string_view target) const;

  std::string root_;               ///< resolved, without links
  std::vector<std::string> only_;  ///< empty: every file
};

}  // namespace lab::server
