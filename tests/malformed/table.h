// Table collects the cases of one format.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/cat.h"
#include "case.h"

namespace lab::malformed {

class Table {
 public:
  using Files = std::vector<std::pair<std::string, std::string>>;

  /// `name`: what the single file of a case is called.
  Table(Format format, std::string name) : format_(format), name_(std::move(name)) {}

  void refused(const std::string& id, std::string what, std::string bytes, Code code,
               std::string field = {}, std::int64_t offset = -1, std::int64_t line = -1) {
    add(id, std::move(what), {{name_, std::move(bytes)}},
        {code, std::move(field), offset, line});
  }
  void accepted(const std::string& id, std::string what, std::string bytes) {
    add(id, std::move(what), {{name_, std::move(bytes)}}, {});
  }
  /// Several files, of which the reader gets the folder.
  void folder(const std::string& id, std::string what, Files files, Expected expected) {
    add(id, std::move(what), std::move(files), std::move(expected));
    cases_.back().folder = true;
  }

  std::vector<Case> take() { return std::move(cases_); }

 private:
  void add(const std::string& id, std::string what, Files files, Expected expected) {
    cases_.push_back({id, std::move(what), format_, std::move(files), std::move(expected)});
  }

  Format format_;
  std::string name_;
  std::vector<Case> cases_;
};

}  // namespace lab::malformed
