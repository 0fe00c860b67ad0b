// Context: what every function of a rendering shares: its budget, its clock, its first error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "text/jinja/value.h"

namespace lab::jinja {

class Namespace;

class Context {
 public:
  Context() = default;
  ~Context();  // clears the namespaces
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Budget budget;
  std::int64_t line = 1;                   ///< of the construct that is evaluated
  std::optional<std::int64_t> now_unix_s;  ///< the time for strftime_now; nullopt asks the system

  /// Notes the error, unless there is one already: `return context.fail("...")`.
  std::unexpected<Failed> fail(std::string message);
  /// The error after Failed.
  Error error() const;

  /// Keeps a namespace until the end: it may hold itself, or a long chain of others.
  void keep(std::shared_ptr<Namespace> name_space);

  /// False when namespaces are printed within each other without end.
  class PrintGuard {
   public:
    explicit PrintGuard(Context& context) : depth_(context.print_depth_) { ++depth_; }
    ~PrintGuard() { --depth_; }
    PrintGuard(const PrintGuard&) = delete;
    PrintGuard& operator=(const PrintGuard&) = delete;
    explicit operator bool() const { return depth_ <= 4; }

   private:
    int& depth_;
  };

  Text text(std::string_view bytes, Origin origin = 0) {
    TextBuilder builder(budget);
    builder.append(bytes, origin);
    return builder.finish();
  }

 private:
  std::optional<Error> error_;
  std::vector<std::shared_ptr<Namespace>> namespaces_;
  int print_depth_ = 0;
};

/// The arguments of a call by the names of its parameters.
class Parameters {
 public:
  static constexpr std::size_t kMost = 6;

  /// Fails as Python does: too many, unknown, given twice, or one of the first `required` missing.
  static Maybe<Parameters> bind(Context& context, std::string_view function,
                                const Arguments& arguments,
                                std::initializer_list<std::string_view> names,
                                std::size_t required = 0);

  bool has(std::size_t i) const { return given_[i]; }
  const Value& operator[](std::size_t i) const { return values_[i]; }
  /// Given, and not none?
  bool some(std::size_t i) const { return given_[i] && !values_[i].is_none(); }
  bool truthy(std::size_t i, bool fallback = false) const;
  /// An int argument, `fallback` if absent; fails for other types.
  Maybe<std::int64_t> integer(Context& context, std::size_t i, std::int64_t fallback) const;
  /// A str argument, `fallback` if absent; fails for other types.
  Maybe<Text> text(Context& context, std::size_t i, const Text& fallback = {}) const;

 private:
  Value values_[kMost];
  bool given_[kMost] = {};
};

}  // namespace lab::jinja
