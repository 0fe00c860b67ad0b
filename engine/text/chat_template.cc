#include "text/chat_template.h"

#include <algorithm>
#include <utility>

#include "base/cat.h"
#include "file/utf8.h"
#include "text/jinja/from_json.h"
#include "text/jinja/globals.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/lexer.h"
#include "text/jinja/parser.h"

namespace lab {

namespace {

using jinja::Context;
using jinja::Maybe;
using jinja::Scope;
using jinja::Statement;
using jinja::StatementKind;
using jinja::Value;

bool has_generation(const jinja::Block& block) {
  return std::ranges::any_of(block, [](const Statement& statement) {
    return statement.kind == StatementKind::kGeneration ||
           (statement.macro && has_generation(statement.macro->block)) ||
           std::ranges::any_of(statement.blocks, has_generation);
  });
}

// Defines the variable `name`: the value of `json`, none for null.
Maybe<void> define(Context& context, Scope& scope, std::string_view name, const Json* json) {
  Value value{jinja::None{}};
  if (json) {
    LAB_TRY(value, jinja::from_json(context, *json, jinja::kFromUser));
  }
  scope.set(name, std::move(value));
  return {};
}

Maybe<void> define_inputs(Context& context, Scope& scope, const Json& messages,
                          const ChatOptions& options) {
  std::vector<Value> list;
  for (const Json& message : messages.array()) {
    LAB_TRY(Value value, jinja::message_from_json(context, message));
    list.push_back(std::move(value));
  }
  scope.set("messages", jinja::make_list(context.budget, std::move(list)));
  scope.set("add_generation_prompt", Value(options.add_generation_prompt));
  LAB_CHECK(define(context, scope, "tools", options.tools));
  LAB_CHECK(define(context, scope, "documents", options.documents));
  auto token = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) scope.set(name, Value(context.text(text)));
  };
  token("bos_token", options.bos_token);
  token("eos_token", options.eos_token);
  token("unk_token", options.unk_token);
  token("pad_token", options.pad_token);
  if (!options.extra) return {};
  for (const auto& [name, member] : options.extra->object())
    LAB_CHECK(define(context, scope, name, &member));
  return {};
}

Rendered to_rendered(const jinja::Text& text) {
  Rendered out;
  out.text = text.view();
  auto add_run = [&](std::size_t begin, std::size_t end, bool from_user) {
    if (begin == end) return;
    if (!out.runs.empty() && out.runs.back().from_user == from_user)
      out.runs.back().end = end;
    else
      out.runs.push_back({begin, end, from_user});
  };
  std::size_t at = 0;
  for (const jinja::Mark& mark : text.marks()) {
    bool from_user = (mark.origin & jinja::kFromUser) != 0;
    add_run(at, mark.begin, false);
    add_run(mark.begin, mark.end, from_user);
    at = mark.end;
    if ((mark.origin & jinja::kGenerated) == 0) continue;
    if (!out.assistant.empty() && out.assistant.back().end == mark.begin)
      out.assistant.back().end = mark.end;
    else
      out.assistant.push_back({mark.begin, mark.end});
  }
  add_run(at, out.text.size(), false);
  return out;
}

}  // namespace

struct ChatTemplate::Tree {
  std::string name;
  std::string source;
  jinja::Block block{};
  bool marks_assistant = false;
};

Result<ChatTemplate> ChatTemplate::parse(std::string_view source, std::string_view name) {
  if (std::size_t at = find_invalid_utf8(source); at != source.npos) {
    return fail(Error{Code::kBadText, "the chat template is not UTF-8"}.in(name).at(
        static_cast<std::int64_t>(at)));
  }
  auto tree = std::make_shared<Tree>(Tree{std::string(name), jinja::normalize_newlines(source)});
  auto block = jinja::parse_template(tree->source);
  if (!block) return fail(std::move(block.error()).in(name));
  tree->block = *std::move(block);
  tree->marks_assistant = has_generation(tree->block);
  return ChatTemplate(std::move(tree));
}

Result<Rendered> ChatTemplate::render(const Json& messages, const ChatOptions& options) const {
  bool objects = messages.is_array() && std::ranges::all_of(messages.array(), &Json::is_object);
  if (!objects)
    return fail(Code::kBadJson,
                "a conversation must be an array of objects with \"role\" and \"content\"");
  if (options.extra && !options.extra->is_object())
    return fail(Code::kBadJson, "the template's variables must be an object");
  Context context;
  context.now_unix_s = options.now_unix_s;
  Scope globals;
  jinja::define_globals(globals);
  jinja::Interpreter interpreter(context);
  jinja::TextBuilder out(context.budget);
  if (!define_inputs(context, globals, messages, options)) return fail(context.error());
  jinja::InnerScope root(interpreter.scopes(), &globals);
  auto flow = interpreter.run(tree_->block, *root, out);
  jinja::Text text = out.finish();
  if (!flow || context.budget.exhausted()) return fail(context.error().in(tree_->name));
  return to_rendered(text);
}

bool ChatTemplate::marks_assistant() const { return tree_->marks_assistant; }

Result<std::vector<ByteRange>> ChatTemplate::assistant_spans(const Json& messages,
                                                             ChatOptions options) const {
  options.add_generation_prompt = false;
  LAB_TRY(Rendered whole, render(messages, options));
  if (marks_assistant()) return std::move(whole.assistant);
  std::vector<ByteRange> spans;
  Json::Array before;
  for (const Json& message : messages.array()) {
    const Json* role = message.find("role");
    if (role && role->is_string() && role->string() == "assistant") {
      options.add_generation_prompt = true;
      LAB_TRY(Rendered prompt, render(Json(before), options));
      options.add_generation_prompt = false;
      before.push_back(message);
      LAB_TRY(Rendered turn, render(Json(before), options));
      if (!turn.text.starts_with(prompt.text) || !whole.text.starts_with(turn.text)) {
        return fail(
            Error{Code::kBadTemplate,
                  cat("the template writes message ", before.size(),
                      " differently when others follow, so its part of the text cannot be told")}
                .in(tree_->name)
                .fix("Use a template that marks the assistant's words with {% generation %}."));
      }
      spans.push_back({prompt.text.size(), turn.text.size()});
    } else {
      before.push_back(message);
    }
  }
  return spans;
}

}  // namespace lab
