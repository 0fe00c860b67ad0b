#include "server/media_type.h"

#include <array>

namespace lab::server {
namespace {

struct Known {
  std::string_view ending, type;
};
constexpr std::array kKnown{
    Known{".html", "text/html; charset=utf-8"},
    Known{".js", "text/javascript; charset=utf-8"},
    Known{".mjs", "text/javascript; charset=utf-8"},
    Known{".css", "text/css; charset=utf-8"},
    Known{".wasm", "application/wasm"},
    Known{".json", "application/json"},
    Known{".map", "application/json"},
    Known{".webmanifest", "application/manifest+json"},
    Known{".svg", "image/svg+xml"},
    Known{".png", "image/png"},
    Known{".jpg", "image/jpeg"},
    Known{".webp", "image/webp"},
    Known{".ico", "image/x-icon"},
    Known{".woff2", "font/woff2"},
    Known{".txt", "text/plain; charset=utf-8"},
    Known{".md", "text/plain; charset=utf-8"},
    Known{".jsonl", "text/plain; charset=utf-8"},
};

}  // namespace

std::string media_type(std::string_view path) {
  for (const Known& known : kKnown)
    if (path.ends_with(known.ending)) return std::string(known.type);
  return "application/octet-stream";
}

}  // namespace lab::server
