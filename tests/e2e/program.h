// Runs the program as a user does, in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "file/json.h"

namespace lab {

struct Outcome {
  int status = -1;
  std::string out, err;
};

/// Runs the shell command line; "lora-lab" in it stands for the program that was built.
Outcome run_command(const std::string& command_line);

/// The command's JSON object on standard output; a failure of the test if there is none.
Json run_json(const std::string& command_line);

/// A fresh folder, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LAB_SANITIZED true
#endif
#endif
#if !defined(LAB_SANITIZED)
#define LAB_SANITIZED false
#endif
/// Are tests and program built with a sanitizer?
inline constexpr bool kSanitized = LAB_SANITIZED;

/// The default model, or "" (then a test skips itself).
std::string default_model();
#define NEED_MODEL() \
  if (default_model().empty()) GTEST_SKIP() << "the default model is not on this machine; ./lab build fetches it"

void write_text(const std::string& path, const std::string& text);
std::string read_text(const std::string& path);

}  // namespace lab
