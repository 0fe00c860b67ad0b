#include "server/static_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lab::server {
namespace {

namespace fs = std::filesystem;

/// A folder "www" to serve, beside a "www-private" and a secret above it.
class StaticFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    top_ = fs::temp_directory_path() / ("lab_static_" + std::to_string(getpid()));
    fs::create_directories(top_ / "www/assets/empty");
    fs::create_directories(top_ / "www-private");
    write("secret.txt", "secret");
    write("www-private/p.txt", "private");
    write("www/index.html", "<h1>studio</h1>");
    write("www/.env", "hidden");
    write("www/assets/a b.js", "0123456789");
    write("www/engine.wasm", "");
    fs::create_symlink("../secret.txt", top_ / "www/out.txt");
    fs::create_symlink("../www-private", top_ / "www/beside");
    fs::create_symlink("assets/a b.js", top_ / "www/in.js");
    fs::create_symlink("loop", top_ / "www/loop");
    ASSERT_EQ(mkfifo((top_ / "www/pipe").c_str(), 0600), 0);
  }
  void TearDown() override { fs::remove_all(top_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(top_ / name) << text; }

  HttpReply get(const std::string& target, Headers headers = {}, const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    return StaticFiles::open(top_ / "www").value().answer(request);
  }
  static std::string bytes(const HttpReply& reply) {
    const auto* body = std::get_if<FileBody>(&reply.body);
    if (body == nullptr) return "(no file)";
    std::string text(body->length, ' ');
    EXPECT_EQ(pread(body->file->fd(), text.data(), text.size(), static_cast<off_t>(body->begin)), static_cast<ssize_t>(text.size()));
    return text;
  }
  static std::string header(const HttpReply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers)
      if (key == name) return value;
    return "";
  }

  fs::path top_;
};

TEST_F(StaticFilesTest, AreFoundByPath) {
  EXPECT_EQ(bytes(get("/")), "<h1>studio</h1>");
  EXPECT_EQ(get("/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(bytes(get("/assets/a%20b.js?v=2")), "0123456789");
  EXPECT_EQ(bytes(get("/engine.wasm")), "");
  EXPECT_EQ(get("/engine.wasm").content_type, "application/wasm");
  EXPECT_EQ(bytes(get("/in.js")), "0123456789") << "a link inside";
}

TEST_F(StaticFilesTest, OutsideTheFolderAreRefused) {
  EXPECT_EQ(get("/../secret.txt").status, 403);
  EXPECT_EQ(get("/out.txt").status, 403) << "a link to outside";
  EXPECT_EQ(get("/beside/p.txt").status, 403) << "a folder whose name begins alike";
  EXPECT_EQ(get("/loop").status, 403);
  EXPECT_EQ(get("/%2e%2e/secret.txt").status, 403);
  EXPECT_EQ(get("//etc/passwd").status, 404);
}

TEST_F(StaticFilesTest, ThatAreNoPlainFilesAreNotThere) {
  for (const char* target : {"/none", "/assets", "/assets/empty/", "/.env", "/pipe", "/index.html/x", "/index.html/"}) EXPECT_EQ(get(target).status, 404) << target;
  EXPECT_EQ(get("/" + std::string(5000, 'a')).status, 404);
  EXPECT_EQ(get("/%zz").status, 400);
}

TEST_F(StaticFilesTest, ComeInParts) {
  const HttpReply part = get("/assets/a%20b.js", {{"range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(bytes(part), "234");
  EXPECT_EQ(header(part, "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(bytes(get("/assets/a%20b.js", {{"Range", "bytes=-3"}})), "789");
  EXPECT_EQ(get("/assets/a%20b.js", {{"Range", "bytes=0-1,3-4"}}).status, 200);
  const HttpReply none = get("/assets/a%20b.js", {{"Range", "bytes=10-"}});
  EXPECT_EQ(none.status, 416);
  EXPECT_EQ(header(none, "Content-Range"), "bytes */10");
}

TEST_F(StaticFilesTest, KnowTheirVersion) {
  const std::string etag = header(get("/in.js"), "ETag");
  EXPECT_EQ(get("/in.js", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(get("/in.js", {{"If-Range", etag}, {"Range", "bytes=0-1"}}).status, 206);
  write("www/assets/a b.js", "01234567890");
  EXPECT_EQ(get("/in.js", {{"If-None-Match", etag}}).status, 200);
  const HttpReply whole = get("/in.js", {{"If-Range", etag}, {"Range", "bytes=0-1"}});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(bytes(whole), "01234567890");
}

TEST_F(StaticFilesTest, AreOnlyRead) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) EXPECT_EQ(get("/index.html", {}, method).status, 405) << method;
  EXPECT_EQ(get("/index.html", {}, "HEAD").status, 200);
}

TEST(StaticFiles, NeedAFolder) {
  EXPECT_EQ(StaticFiles::open("/nowhere").error().code, Code::kNotFound);
  EXPECT_EQ(StaticFiles::open("/proc/self/exe").error().code, Code::kIo);
}

}  // namespace
}  // namespace lab::server
