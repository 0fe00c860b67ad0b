// StopFilter: holds text back while it could still become a stop text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lab {

class StopFilter {
 public:
  explicit StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {}

  /// Takes new text; returns what is certainly before any stop text. After a stop text was found,
  /// stopped() is true and nothing more comes out.
  std::string push(std::string_view text);
  /// What was still held back, at the end.
  std::string flush();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace lab
