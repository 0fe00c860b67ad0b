#include "server/static_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/cat.h"
#include "server/media_type.h"
#include "server/range.h"
#include "server/request_path.h"

namespace lab::server {
namespace {

/// The path without links, or the status that says why there is none.
std::expected<std::string, int> resolve(const std::string& path) {
  char real[PATH_MAX];
  if (::realpath(path.c_str(), real) != nullptr) return real;
  return std::unexpected(errno == EACCES || errno == ELOOP ? 403 : 404);
}

const char* sentence(int status) {
  switch (status) {
    case 400: return "The path of this request is malformed.";
    case 403: return "This path leads out of what is served.";
    case 404: return "There is no such file.";
    default: return "This method is not possible here; files are read with GET.";
  }
}

/// Does `list` ("*", or entity tags with commas) name `etag`?
bool names_etag(std::string_view list, std::string_view etag) {
  return list == "*" || list.find(etag) != std::string_view::npos;
}

}  // namespace

Result<StaticFiles> StaticFiles::open(const std::string& folder, std::vector<std::string> only) {
  struct stat info;
  const auto real = resolve(folder);
  if (!real || ::stat(real->c_str(), &info) != 0) return fail(Error{Code::kNotFound, "there is no such folder"}.in(folder));
  if (!S_ISDIR(info.st_mode)) return fail(Error{Code::kIo, "this is not a folder"}.in(folder));
  return StaticFiles(*real, std::move(only));
}

std::expected<StaticFiles::Found, int> StaticFiles::find(std::string_view target) const {
  auto path = request_path(target);
  if (!path) return std::unexpected(path.error());
  if (path->empty() || path->ends_with('/')) *path += "index.html";
  if (!only_.empty() && std::ranges::find(only_, *path) == only_.end()) return std::unexpected(404);
  const auto real = resolve(cat(root_, "/", *path));
  if (!real) return std::unexpected(real.error());
  // With the separator: /www/private is not inside /www/p.
  if (!real->starts_with(cat(root_, "/"))) return std::unexpected(403);

  // Not blocking, so that a pipe in the folder cannot hold us.
  const int fd = ::open(real->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return std::unexpected(errno == EACCES ? 403 : 404);
  auto file = std::make_shared<const OpenFile>(fd);
  struct stat info;
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::unexpected(404);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  return Found{{std::move(file), 0, size}, cat('"', size, "-", info.st_mtim.tv_sec, "-", info.st_mtim.tv_nsec, '"'), media_type(*real)};
}

HttpReply StaticFiles::answer(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpReply reply = text_reply(405, sentence(405));
    reply.headers.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  const auto found = find(request.target);
  if (!found) return text_reply(found.error(), sentence(found.error()));

  HttpReply reply;
  reply.content_type = found->content_type;
  reply.headers = {{"ETag", found->etag}, {"Cache-Control", "no-cache"}, {"Accept-Ranges", "bytes"}};
  if (names_etag(request.header("If-None-Match"), found->etag)) {
    reply.status = 304;
    return reply;
  }
  // A part is only of use to who has other parts of this very version.
  const std::string_view version = request.header("If-Range");
  const bool wanted = version.empty() || version == found->etag;
  const ByteRangeAnswer range = wanted ? answer_range(request.header("Range"), found->body.length) : ByteRangeAnswer{};
  FileBody body = found->body;
  if (range.kind == ByteRangeAnswer::kUnsatisfiable) {
    reply = text_reply(416, "The file has no such bytes.");
    reply.headers.emplace_back("Content-Range", cat("bytes */", body.length));
    return reply;
  }
  if (range.kind == ByteRangeAnswer::kPart) {
    reply.status = 206;
    reply.headers.emplace_back("Content-Range", cat("bytes ", range.begin, "-", range.begin + range.length - 1, "/", body.length));
    body.begin = range.begin;
    body.length = range.length;
  }
  reply.body = std::move(body);
  return reply;
}

}  // namespace lab::server
