#include "text/jinja/from_json.h"

#include <algorithm>

#include "file/utf8.h"

namespace lab::jinja {

namespace {

Maybe<Value> convert(Context& context, const Json& json, Origin origin, int depth) {
  if (depth > Budget::kMaxValueDepth) context.budget.exhaust("values nested more than 100 deep");
  if (!context.budget.spend(1)) return std::unexpected(Failed{});
  if (json.is_null()) return Value(None{});
  if (json.is_bool()) return Value(json.boolean());
  if (json.is_integer()) return Value(json.integer());
  if (json.is_number()) return Value(json.number());
  if (json.is_string()) {
    if (!is_utf8(json.string())) return context.fail("a text given to the template is not UTF-8");
    return Value(context.text(json.string(), origin));
  }
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& element : json.array()) {
      LAB_TRY(Value item, convert(context, element, origin, depth + 1));
      items.push_back(std::move(item));
    }
    return make_list(context.budget, std::move(items));
  }
  Dict::Items items;
  for (const auto& [name, member] : json.object()) {
    LAB_TRY(Value key, convert(context, Json(name), origin, depth + 1));
    LAB_TRY(Value value, convert(context, member, origin, depth + 1));
    items.emplace_back(std::move(key), std::move(value));
  }
  return make_dict(context.budget, std::move(items));
}

bool is_plain_word(std::string_view text) {
  return text.size() <= 32 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

Value* member(Dict::Items& items, std::string_view name) {
  for (auto& [key, value] : items) {
    if (key.view() == name) return &value;
  }
  return nullptr;
}

// Reasoning under "reasoning_content", "thinking" or "reasoning" becomes readable under the first
// two.
void alias_reasoning(Dict::Items& items) {
  Value reasoning;
  for (std::string_view name : {"reasoning_content", "thinking", "reasoning"}) {
    const Value* found = member(items, name);
    if (found && !found->is_none() && reasoning.is_undefined()) reasoning = *found;
  }
  if (reasoning.is_undefined()) return;
  if (!member(items, "thinking")) items.emplace(items.begin(), Value(Text("thinking")), reasoning);
  if (Value* content = member(items, "reasoning_content"))
    *content = reasoning;
  else
    items.emplace_back(Value(Text("reasoning_content")), reasoning);
}

}  // namespace

Maybe<Value> from_json(Context& context, const Json& json, Origin origin) {
  return convert(context, json, origin, 0);
}

Maybe<Value> message_from_json(Context& context, const Json& message) {
  LAB_TRY(Value converted, convert(context, message, kFromUser, 0));
  Dict::Items items = converted.dict().items;
  if (Value* role = member(items, "role"); role && role->is_text() && is_plain_word(role->view())) {
    *role = Value(context.text(role->view()));
  }
  alias_reasoning(items);
  return make_dict(context.budget, std::move(items));
}

}  // namespace lab::jinja
