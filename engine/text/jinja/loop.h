// The variable "loop" of a for block, which also walks the items.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "text/jinja/interpreter.h"
#include "text/jinja/iteration.h"

namespace lab::jinja {

/// Items are fetched when they are needed, so that the condition behind a "for ... if" sees what
/// the body has done so far; asking for the length or for the last item fetches ahead.
class Loop : public Object, public std::enable_shared_from_this<Loop> {
 public:
  /// `depth` is that of the items, `recursion` how often a recursive loop has called itself.
  Loop(Interpreter& interpreter, const Statement& statement, Scope& outer, Iteration items,
       int depth, int recursion)
      : Object(depth + 1),
        interpreter_(interpreter),
        statement_(statement),
        outer_(outer),
        items_(std::move(items)),
        recursion_(recursion) {}

  std::string_view type_name() const override { return "LoopContext"; }
  Maybe<std::optional<Value>> attribute(Context& context, std::string_view name) override;
  bool is_callable() const override { return true; }
  /// loop(items) in a recursive loop: the text of the whole loop over `items`.
  Maybe<Value> call(Context& context, const Arguments& arguments) override;

  /// The next item, which becomes the current one; nullopt at the end.
  Maybe<std::optional<Value>> advance();
  /// Forgets all items, among which may be the loop itself.
  void close();

  Maybe<Value> cycle(Context& context, const Arguments& arguments);
  Maybe<Value> changed(Context& context, const Arguments& arguments);

 private:
  // The next item that passes the condition, from the source.
  Maybe<std::optional<Value>> fetch();
  Maybe<bool> peek();
  Maybe<std::int64_t> length();

  Interpreter& interpreter_;
  const Statement& statement_;
  Scope& outer_;
  Iteration items_;
  int recursion_;
  std::deque<Value> ahead_;  ///< fetched, not yet current
  std::int64_t index0_ = -1;
  std::optional<std::int64_t> length_;
  std::optional<Value> previous_, current_, last_changed_;
  bool closed_ = false;
};

class LoopCloser {
 public:
  explicit LoopCloser(Loop& loop) : loop_(loop) {}
  ~LoopCloser() { loop_.close(); }
  LoopCloser(const LoopCloser&) = delete;
  LoopCloser& operator=(const LoopCloser&) = delete;

 private:
  Loop& loop_;
};

}  // namespace lab::jinja
