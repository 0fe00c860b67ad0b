#include "server/http.h"

#include <unistd.h>

#include <algorithm>

#include "base/cat.h"

namespace lab::server {
namespace {
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
}  // namespace

bool NameLess::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view{} : found->second;
}

OpenFile::~OpenFile() { ::close(fd_); }

HttpReply text_reply(int status, std::string_view sentence) {
  HttpReply reply;
  reply.status = status;
  reply.body = cat(sentence, "\n");
  return reply;
}

}  // namespace lab::server
