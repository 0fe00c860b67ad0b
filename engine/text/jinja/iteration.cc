#include "text/jinja/iteration.h"

#include "base/cat.h"
#include "text/jinja/operators.h"
#include "text/unicode/utf8.h"

namespace lab::jinja {

bool Iteration::possible(const Value& value) {
  return value.is_sequence() || value.is_dict() || value.is_text() || value.is_undefined();
}

Maybe<Iteration> Iteration::over(Context& context, const Value& value) {
  if (!possible(value)) return context.fail(cat("'", type_name(value), "' object is not iterable"));
  Iteration iteration;
  iteration.source_ = value;
  return iteration;
}

std::optional<Value> Iteration::next(Context& context) {
  if (!context.budget.spend(1)) return std::nullopt;
  if (source_.is_sequence()) {
    const Sequence& sequence = source_.sequence();
    std::size_t& at = sequence.kind == SequenceKind::kGenerator ? sequence.taken : at_;
    if (at < sequence.items.size()) return sequence.items[at++];
  } else if (source_.is_dict()) {
    if (at_ < source_.dict().items.size()) return source_.dict().items[at_++].first;
  } else if (source_.is_text() && at_ < source_.view().size()) {
    std::size_t begin = at_;
    at_ += unicode::utf8_length(static_cast<unsigned char>(source_.view()[begin]));
    TextBuilder character(context.budget);  // not cut(): the characters of markup are plain
    character.append(source_.text(), begin, at_);
    return Value(character.finish());
  }
  return std::nullopt;
}

std::size_t Iteration::remaining() const {
  if (source_.is_sequence()) {
    const Sequence& sequence = source_.sequence();
    bool once = sequence.kind == SequenceKind::kGenerator;
    return sequence.items.size() - (once ? sequence.taken : at_);
  }
  if (source_.is_dict()) return source_.dict().items.size() - at_;
  if (source_.is_text()) return unicode::count_code_points(source_.view().substr(at_));
  return 0;
}

Maybe<std::vector<Value>> all_items(Context& context, const Value& value) {
  LAB_TRY(Iteration iteration, Iteration::over(context, value));
  std::vector<Value> items;
  std::uint64_t bytes = iteration.remaining() * sizeof(Value);
  if (!context.budget.hold(bytes)) return std::unexpected(Failed{});
  context.budget.release(bytes);  // for whoever keeps the items to hold
  items.reserve(iteration.remaining());
  while (auto item = iteration.next(context)) items.push_back(*std::move(item));
  return items;
}

}  // namespace lab::jinja
