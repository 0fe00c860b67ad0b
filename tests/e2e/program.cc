#include "program.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace lab {

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

Folder::Folder() {
  static int count = 0;
  path_ = std::filesystem::temp_directory_path() / ("lab_e2e_" + std::to_string(getpid()) + "_" + std::to_string(count++));
  std::filesystem::create_directories(path_);
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Outcome run_command(const std::string& command_line) {
  const Folder folder;
  write_text(folder / "script", "PATH=\"" + std::filesystem::path(LAB_PROGRAM).parent_path().string() + ":$PATH\"\nunset LAB_NAME\n" + command_line + "\n");
  const std::string shell = "sh '" + (folder / "script") + "' >'" + (folder / "out") + "' 2>'" + (folder / "err") + "'";
  const int status = std::system(shell.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(folder / "out"), read_text(folder / "err")};
}

Json run_json(const std::string& command_line) {
  const Outcome outcome = run_command(command_line);
  EXPECT_EQ(outcome.status, 0) << command_line << "\n" << outcome.out << outcome.err;
  auto json = parse_json(outcome.out);
  EXPECT_TRUE(json) << command_line << " printed: " << outcome.out;
  return json ? *json : Json(Json::Object{});
}

std::string default_model() {
  if (const char* path = std::getenv("LAB_MODEL")) return path;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string path = (cache ? std::string(cache) : std::string(home ? home : "") + "/.cache") + "/lora-lab/SmolLM2-135M-Instruct.Q4_1.gguf";
  return std::filesystem::exists(path) ? path : "";
}

}  // namespace lab
