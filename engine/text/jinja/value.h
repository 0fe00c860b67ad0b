// Value: what an expression of a template evaluates to, with the types of Python that matter there.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/text.h"

namespace lab::jinja {

class Context;
class Value;
struct Sequence;
struct Dict;

/// Evaluation failed; the Context says why.
struct Failed {};
template <class T>
using Maybe = std::expected<T, Failed>;

/// A missing variable or member. Printing it gives nothing, using it further is an error.
struct Undefined {
  std::shared_ptr<const std::string> why;  ///< "'x' is undefined"; null for a plain one
};

struct None {};

/// The arguments of a call, already evaluated.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// A value with behaviour of its own: functions, macros, the loop variable, namespaces.
class Object {
 public:
  /// `depth` is that of the deepest value inside, see Value::depth().
  explicit Object(int depth = 0) : depth_(depth) {}
  virtual ~Object() = default;
  virtual std::string_view type_name() const = 0;
  /// The attribute `name`, nullopt if there is none.
  virtual Maybe<std::optional<Value>> attribute(Context& context, std::string_view name);
  virtual bool is_callable() const { return false; }
  /// By default an error: this is not callable.
  virtual Maybe<Value> call(Context& context, const Arguments& arguments);
  /// Writes what {{ }} shows; by default the type's name in angle brackets.
  virtual void print(Context& context, TextBuilder& out) const;
  int depth() const { return depth_; }

 private:
  int depth_;
};

class Value {
 public:
  using SequencePtr = std::shared_ptr<const Sequence>;
  using DictPtr = std::shared_ptr<const Dict>;
  using ObjectPtr = std::shared_ptr<Object>;

  Value() = default;  ///< undefined
  Value(None) : value_(None{}) {}
  Value(bool value) : value_(value) {}
  Value(const void*) = delete;  // or it would be a bool
  Value(std::int64_t value) : value_(value) {}
  Value(double value) : value_(value) {}
  Value(Text value) : value_(std::move(value)) {}
  Value(SequencePtr value) : value_(std::move(value)) {}
  Value(DictPtr value) : value_(std::move(value)) {}
  Value(ObjectPtr value) : value_(std::move(value)) {}
  static Value undefined(std::string why) {
    Value value;
    value.value_ = Undefined{std::make_shared<const std::string>(std::move(why))};
    return value;
  }

  bool is_undefined() const { return is<Undefined>(); }
  bool is_none() const { return is<None>(); }
  bool is_bool() const { return is<bool>(); }
  bool is_integer() const { return is<std::int64_t>(); }  ///< a bool is not
  bool is_float() const { return is<double>(); }
  bool is_whole() const { return is_bool() || is_integer(); }  ///< an int as Python sees it
  bool is_number() const { return is_whole() || is_float(); }
  bool is_text() const { return is<Text>(); }
  bool is_sequence() const { return is<SequencePtr>(); }
  bool is_dict() const { return is<DictPtr>(); }
  bool is_object() const { return is<ObjectPtr>(); }

  // Unchecked access: ask is_...() first.
  bool boolean() const { return std::get<bool>(value_); }
  std::int64_t whole() const { return is_bool() ? boolean() : std::get<std::int64_t>(value_); }
  double number() const {
    return is_float() ? std::get<double>(value_) : static_cast<double>(whole());
  }
  const Text& text() const { return std::get<Text>(value_); }
  std::string_view view() const { return text().view(); }
  const Sequence& sequence() const { return *std::get<SequencePtr>(value_); }
  const Dict& dict() const { return *std::get<DictPtr>(value_); }
  const ObjectPtr& object() const { return std::get<ObjectPtr>(value_); }
  /// What an undefined value says when it is used.
  std::string why_undefined() const;

  /// 0 for a scalar, 1 for a list of scalars, and so on.
  int depth() const;
  /// What the object itself is, not what it equals.
  bool same_as(const Value& other) const;

 private:
  template <class T>
  bool is() const {
    return std::holds_alternative<T>(value_);
  }
  std::variant<Undefined, None, bool, std::int64_t, double, Text, SequencePtr, DictPtr, ObjectPtr>
      value_;
};

/// What Python calls the ordered collections that a template meets.
enum class SequenceKind : std::uint8_t {
  kList,
  kTuple,
  kRange,
  kKeys,
  kValues,
  kItems,
  kGenerator
};

/// An immutable list. A generator hands every item out once.
struct Sequence {
  Sequence(Budget& budget, SequenceKind kind, std::vector<Value> items);
  ~Sequence();
  Sequence(const Sequence&) = delete;
  Sequence& operator=(const Sequence&) = delete;

  SequenceKind kind;
  std::vector<Value> items;
  mutable std::size_t taken = 0;               ///< of a generator: how many items are gone
  std::int64_t start = 0, stop = 0, step = 1;  ///< of a range
  int depth = 1;

 private:
  Budget* budget_;
  std::uint64_t held_ = 0;
};

/// An immutable map that keeps the order in which its keys came.
struct Dict {
  using Items = std::vector<std::pair<Value, Value>>;
  Dict(Budget& budget, Items items);
  ~Dict();
  Dict(const Dict&) = delete;
  Dict& operator=(const Dict&) = delete;

  /// The value of a text key, null if there is none.
  const Value* find(std::string_view key) const;

  Items items;
  int depth = 1;

 private:
  Budget* budget_;
  std::uint64_t held_ = 0;
};

Value make_sequence(Budget& budget, SequenceKind kind, std::vector<Value> items);
inline Value make_list(Budget& budget, std::vector<Value> items) {
  return make_sequence(budget, SequenceKind::kList, std::move(items));
}
inline Value make_tuple(Budget& budget, std::vector<Value> items) {
  return make_sequence(budget, SequenceKind::kTuple, std::move(items));
}
/// The items must have different keys.
Value make_dict(Budget& budget, Dict::Items items);
/// step is not 0; the caller has seen to it that the items are not too many.
Value make_range(Budget& budget, std::int64_t start, std::int64_t stop, std::int64_t step);
/// How many items range(start, stop, step) has.
std::uint64_t range_length(std::int64_t start, std::int64_t stop, std::int64_t step);

/// A function of the template language: a filter, a test, a method, a global.
using Builtin = Maybe<Value> (*)(Context& context, const Value& self, const Arguments& arguments);

struct NamedBuiltin {
  std::string_view name;
  Builtin function;
};

/// A function that remembers what it was taken from: range, or the "strip" of "text.strip".
class Function : public Object {
 public:
  Function(Builtin function, Value self)
      : Object(self.depth() + 1), function_(function), self_(std::move(self)) {}
  std::string_view type_name() const override { return "builtin_function_or_method"; }
  bool is_callable() const override { return true; }
  Maybe<Value> call(Context& context, const Arguments& arguments) override {
    return function_(context, self_, arguments);
  }

 private:
  Builtin function_;
  Value self_;
};

}  // namespace lab::jinja
