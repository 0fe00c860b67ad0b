#include "text/jinja/globals.h"

#include <chrono>
#include <ctime>

#include "base/cat.h"
#include "text/jinja/iteration.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"

namespace lab::jinja {

namespace {

constexpr std::uint64_t kMaxRange = 100'000;  // that of jinja2's sandbox

Maybe<Value> range(Context& context, const Value&, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "range", arguments, {"start", "stop", "step"}, 1));
  LAB_TRY(std::int64_t start, given.integer(context, 0, 0));
  LAB_TRY(std::int64_t stop, given.integer(context, 1, 0));
  LAB_TRY(std::int64_t step, given.integer(context, 2, 1));
  if (!given.has(1)) stop = std::exchange(start, 0);
  if (step == 0) return context.fail("range() arg 3 must not be zero");
  if (range_length(start, stop, step) > kMaxRange) {
    return context.fail(
        cat("Range too big. The sandbox blocks ranges larger than MAX_RANGE (", kMaxRange, ")."));
  }
  return make_range(context.budget, start, stop, step);
}

// The items of dict(mapping, a=1) or dict([(key, value), ...]).
Maybe<Dict::Items> dict_items(Context& context, const Arguments& arguments) {
  Dict::Items items;
  if (arguments.positional.size() > 1)
    return context.fail("dict takes at most 1 positional argument");
  if (!arguments.positional.empty()) {
    const Value& source = arguments.positional[0];
    if (source.is_dict()) {
      items = source.dict().items;
    } else {
      LAB_TRY(Iteration pairs, Iteration::over(context, source));
      while (auto pair = pairs.next(context)) {
        LAB_TRY(std::vector<Value> both, all_items(context, *pair));
        if (both.size() != 2) return context.fail("dict wants pairs of a key and a value");
        LAB_CHECK(put(context, items, both[0], both[1]));
      }
    }
  }
  for (const auto& [name, value] : arguments.named) {
    LAB_CHECK(put(context, items, Value(context.text(name)), value));
  }
  return items;
}

Maybe<Value> dict(Context& context, const Value&, const Arguments& arguments) {
  LAB_TRY(Dict::Items items, dict_items(context, arguments));
  return make_dict(context.budget, std::move(items));
}

Maybe<Value> make_namespace(Context& context, const Value&, const Arguments& arguments) {
  LAB_TRY(Dict::Items items, dict_items(context, arguments));
  auto name_space = std::make_shared<Namespace>();
  context.keep(name_space);
  for (auto& [key, value] : items) {
    if (!key.is_text()) return context.fail("the names in a namespace must be strings");
    LAB_CHECK(name_space->set(context, key.view(), value));
  }
  return Value(Value::ObjectPtr(std::move(name_space)));
}

int deepest(const std::vector<Value>& values) {
  int depth = 0;
  for (const Value& value : values) depth = std::max(depth, value.depth());
  return depth;
}

class Cycler : public Object, public std::enable_shared_from_this<Cycler> {
 public:
  explicit Cycler(std::vector<Value> items)
      : Object(deepest(items) + 1), items_(std::move(items)) {}
  std::string_view type_name() const override { return "Cycler"; }

  Maybe<std::optional<Value>> attribute(Context&, std::string_view name) override {
    if (name == "current") return std::optional<Value>(items_[at_]);
    Builtin method = name == "next" ? next : name == "reset" ? reset : nullptr;
    if (!method) return std::optional<Value>();
    return std::optional<Value>(Value(Value::ObjectPtr(
        std::make_shared<Function>(method, Value(Value::ObjectPtr(shared_from_this()))))));
  }

 private:
  static Maybe<Value> next(Context&, const Value& self, const Arguments&) {
    auto& cycler = static_cast<Cycler&>(*self.object());
    const Value& item = cycler.items_[cycler.at_];
    cycler.at_ = (cycler.at_ + 1) % cycler.items_.size();
    return item;
  }
  static Maybe<Value> reset(Context&, const Value& self, const Arguments&) {
    static_cast<Cycler&>(*self.object()).at_ = 0;
    return Value(None{});
  }

  std::vector<Value> items_;
  std::size_t at_ = 0;
};

Maybe<Value> cycler(Context& context, const Value&, const Arguments& arguments) {
  if (arguments.positional.empty()) return context.fail("at least one item has to be provided");
  return Value(Value::ObjectPtr(std::make_shared<Cycler>(arguments.positional)));
}

class Joiner : public Object {
 public:
  explicit Joiner(Value separator)
      : Object(separator.depth() + 1), separator_(std::move(separator)) {}
  std::string_view type_name() const override { return "Joiner"; }
  bool is_callable() const override { return true; }
  Maybe<Value> call(Context&, const Arguments&) override {
    return std::exchange(used_, true) ? separator_ : Value(Text());
  }

 private:
  Value separator_;
  bool used_ = false;
};

Maybe<Value> joiner(Context& context, const Value&, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "joiner", arguments, {"sep"}));
  return Value(
      Value::ObjectPtr(std::make_shared<Joiner>(given.has(0) ? given[0] : Value(Text(", ")))));
}

Maybe<Value> raise_exception(Context& context, const Value&, const Arguments& arguments) {
  LAB_TRY(Parameters given,
          Parameters::bind(context, "raise_exception", arguments, {"message"}, 1));
  return context.fail(
      cat("the template refuses the conversation: ", to_text(context, given[0]).view()));
}

Maybe<Value> strftime_now(Context& context, const Value&, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "strftime_now", arguments, {"format"}, 1));
  LAB_TRY(Text format, given.text(context, 0));
  if (format.view().find('\0') != std::string_view::npos)
    return context.fail("a format holds a NUL character");
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (context.now_unix_s) now = static_cast<std::time_t>(*context.now_unix_s);
  std::tm local{};
  localtime_r(&now, &local);
  char buffer[1024];
  std::string ended(format.view());
  ended += '.';  // so that an empty result is no error
  std::size_t length = std::strftime(buffer, sizeof buffer, ended.c_str(), &local);
  if (length == 0) return context.fail("strftime_now: the format is too long");
  return Value(context.text({buffer, length - 1}));
}

constexpr NamedBuiltin kFunctions[] = {
    {"range", range},
    {"dict", dict},
    {"namespace", make_namespace},
    {"cycler", cycler},
    {"joiner", joiner},
    {"raise_exception", raise_exception},
    {"strftime_now", strftime_now},
};

}  // namespace

Maybe<std::optional<Value>> Namespace::attribute(Context& context, std::string_view name) {
  context.budget.spend(members_.size() / 8);
  for (const auto& [known, value] : members_) {
    if (known == name) return std::optional<Value>(value);
  }
  return std::optional<Value>();
}

Maybe<void> Namespace::set(Context& context, std::string_view name, Value value) {
  if (name.starts_with("_"))
    return context.fail(
        cat("a namespace cannot hold the name '", name, "', which starts with an underscore"));
  for (auto& [known, old] : members_) {
    if (known == name) {
      old = std::move(value);
      return {};
    }
  }
  if (!context.budget.hold(sizeof members_[0] + name.size())) return std::unexpected(Failed{});
  members_.emplace_back(name, std::move(value));
  return {};
}

void Namespace::print(Context& context, TextBuilder& out) const {
  Context::PrintGuard guard(context);
  if (!guard) return out.append("<Namespace {...}>");
  out.append("<Namespace {");
  bool first = true;
  for (const auto& [name, value] : members_) {
    if (!first) out.append(", ");
    first = false;
    append_repr(context, out, Value(Text(name)));
    out.append(": ");
    append_repr(context, out, value);
  }
  out.append("}>");
}

void define_globals(Scope& scope) {
  for (const NamedBuiltin& entry : kFunctions) {
    scope.set(entry.name,
              Value(Value::ObjectPtr(std::make_shared<Function>(entry.function, Value()))));
  }
}

}  // namespace lab::jinja
