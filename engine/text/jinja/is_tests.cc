// The tests behind "is".
#include "base/cat.h"
#include "text/jinja/filters.h"
#include "text/jinja/iteration.h"
#include "text/jinja/operators.h"
#include "text/jinja/print.h"
#include "text/jinja/text_tools.h"

namespace lab::jinja {

namespace {

using Predicate = bool (*)(const Value&);

// A test of the type alone.
template <Predicate kPredicate>
Maybe<Value> is(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the test", arguments, {}));
  return Value(kPredicate(self));
}

bool defined(const Value& value) { return !value.is_undefined(); }
bool undefined(const Value& value) { return value.is_undefined(); }
bool none(const Value& value) { return value.is_none(); }
bool boolean(const Value& value) { return value.is_bool(); }
bool is_true(const Value& value) { return value.is_bool() && value.boolean(); }
bool is_false(const Value& value) { return value.is_bool() && !value.boolean(); }
bool integer(const Value& value) { return value.is_integer(); }
bool is_float(const Value& value) { return value.is_float(); }
bool number(const Value& value) { return value.is_number(); }
bool string(const Value& value) { return value.is_text(); }
bool mapping(const Value& value) { return value.is_dict(); }
bool iterable(const Value& value) { return Iteration::possible(value); }
bool callable(const Value& value) {
  return value.is_undefined() || (value.is_object() && value.object()->is_callable());
}
bool escaped(const Value& value) { return value.is_text() && value.text().is_markup(); }
// Whatever has a length and can be indexed; in Python that holds for dicts and undefined values.
bool sequence(const Value& value) {
  return value.is_text() || value.is_dict() || value.is_undefined() ||
         (value.is_sequence() && value.sequence().kind <= SequenceKind::kRange);
}

template <bool kUpper>
Maybe<Value> is_case(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the test", arguments, {}));
  return Value(has_case(context, to_text(context, self), kUpper));
}

Maybe<Value> remainder_is(Context& context, const Value& self, const Value& divisor,
                          std::int64_t wanted) {
  LAB_TRY(Value rest, arithmetic(context, Operator::kModulo, self, divisor));
  return Value(equals(context, rest, Value(wanted)));
}

template <std::int64_t kRest>
Maybe<Value> parity(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the test", arguments, {}));
  return remainder_is(context, self, Value(std::int64_t{2}), kRest);
}

Maybe<Value> divisibleby(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "divisibleby", arguments, {"num"}, 1));
  return remainder_is(context, self, given[0], 0);
}

template <Operator kOperator>
Maybe<Value> comparison(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "the test", arguments, {"other"}, 1));
  LAB_TRY(bool answer, compare(context, kOperator, self, given[0]));
  return Value(answer);
}

Maybe<Value> sameas(Context& context, const Value& self, const Arguments& arguments) {
  LAB_TRY(Parameters given, Parameters::bind(context, "sameas", arguments, {"other"}, 1));
  return Value(self.same_as(given[0]));
}

template <Builtin (*kFind)(std::string_view)>
Maybe<Value> is_known(Context& context, const Value& self, const Arguments& arguments) {
  LAB_CHECK(Parameters::bind(context, "the test", arguments, {}));
  if (!is_hashable(self)) return context.fail("the name of a filter or test must be a string");
  return Value(self.is_text() && kFind(self.view()) != nullptr);
}

constexpr NamedBuiltin kTests[] = {
    {"defined", is<defined>},
    {"undefined", is<undefined>},
    {"none", is<none>},
    {"boolean", is<boolean>},
    {"true", is<is_true>},
    {"false", is<is_false>},
    {"integer", is<integer>},
    {"float", is<is_float>},
    {"number", is<number>},
    {"string", is<string>},
    {"mapping", is<mapping>},
    {"iterable", is<iterable>},
    {"sequence", is<sequence>},
    {"callable", is<callable>},
    {"escaped", is<escaped>},
    {"lower", is_case<false>},
    {"upper", is_case<true>},
    {"odd", parity<1>},
    {"even", parity<0>},
    {"divisibleby", divisibleby},
    {"sameas", sameas},
    {"filter", is_known<find_filter>},
    {"test", is_known<find_test>},
    {"in", comparison<Operator::kIn>},
    {"==", comparison<Operator::kEqual>},
    {"eq", comparison<Operator::kEqual>},
    {"equalto", comparison<Operator::kEqual>},
    {"!=", comparison<Operator::kNotEqual>},
    {"ne", comparison<Operator::kNotEqual>},
    {">", comparison<Operator::kGreater>},
    {"gt", comparison<Operator::kGreater>},
    {"greaterthan", comparison<Operator::kGreater>},
    {">=", comparison<Operator::kGreaterEqual>},
    {"ge", comparison<Operator::kGreaterEqual>},
    {"<", comparison<Operator::kLess>},
    {"lt", comparison<Operator::kLess>},
    {"lessthan", comparison<Operator::kLess>},
    {"<=", comparison<Operator::kLessEqual>},
    {"le", comparison<Operator::kLessEqual>},
};

}  // namespace

std::span<const NamedBuiltin> tests() { return kTests; }

}  // namespace lab::jinja
