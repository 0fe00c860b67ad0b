#include "server/studio_server.h"

#include <string>
#include <utility>

#include "server/host_check.h"

namespace lab::server {
namespace {

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LoRA Lab</title>
<h1>LoRA Lab</h1>
<p>This server answers as the model that it was started with, in the way of OpenAI's interface. The studio is not built on this machine.</p>
<ul>
<li><a href="/v1/models">GET /v1/models</a> lists the model, and the model with its adapter</li>
<li>POST /v1/chat/completions answers a conversation, with "stream": true piece by piece</li>
</ul>
<pre>
curl -N http://127.0.0.1:PORT/v1/chat/completions -H 'Content-Type: application/json' \
  -d '{"messages": [{"role": "user", "content": "What is the capital of France?"}], "stream": true}'
</pre>
<p>With OpenAI's Python client: <code>OpenAI(base_url="http://127.0.0.1:PORT/v1", api_key="none")</code>.</p>
</html>
)";

constexpr std::string_view kModels = "/models/";

HttpReply page(int port) {
  std::string text(kPage);
  for (std::size_t at; (at = text.find("PORT")) != std::string::npos;) text.replace(at, 4, std::to_string(port));
  HttpReply reply;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers.emplace_back("Cache-Control", "no-cache");
  reply.body = std::move(text);
  return reply;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> studio_headers() {
  return {
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Embedder-Policy", "require-corp"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Content-Security-Policy",
       "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
       "connect-src 'self' https://huggingface.co https://*.hf.co https://*.xethub.hf.co; object-src 'none'; base-uri 'none'; form-action 'none'; "
       "frame-ancestors 'none'; require-trusted-types-for 'script'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
  };
}

Result<std::unique_ptr<StudioServer>> StudioServer::start(HttpServerOptions options, std::optional<StaticFiles> files, std::unique_ptr<ChatApi> chat,
                                                          std::optional<StaticFiles> models) {
  std::unique_ptr<StudioServer> server(new StudioServer(options.host, std::move(files), std::move(chat), std::move(models)));
  options.post_path = kChatPath;
  options.headers = studio_headers();
  StudioServer* self = server.get();
  LAB_TRY(server->http_, HttpServer::start(std::move(options), [self](const HttpRequest& request) { return self->admit(request); },
                                           [self](const HttpRequest& request) { return self->answer(request); }));
  return server;
}

std::optional<HttpReply> StudioServer::admit(const HttpRequest& request) const {
  if (!host_allowed(request.header("Host"), host_))
    return text_reply(403, "This server answers to localhost and to addresses only; see --host.");
  if (ChatApi::owns(request.target)) return chat_->admit(request);
  return std::nullopt;
}

HttpReply StudioServer::answer(const HttpRequest& request) const {
  if (ChatApi::owns(request.target)) return chat_->answer(request);
  if (models_ && request.target.starts_with(kModels)) {
    HttpRequest inside = request;
    inside.target.erase(0, kModels.size() - 1);
    return models_->answer(inside);
  }
  if (files_) return files_->answer(request);
  if ((request.method == "GET" || request.method == "HEAD") && (request.target == "/" || request.target.starts_with("/?"))) return page(port());
  return text_reply(404, "There is nothing here; / says what this server offers.");
}

}  // namespace lab::server
