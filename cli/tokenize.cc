// lora-lab tokenize: JSON lines of texts to token ids, back, or conversations through the template.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/cat.h"
#include "commands.h"
#include "conversation.h"
#include "known_models.h"
#include "model/source.h"
#include "text/chat_template.h"
#include "workbench.h"

namespace lab::cli {
namespace {

struct Options {
  std::string model = "smollm2-135m", template_file;
  bool decode = false, special = false, add_special = false, chat = false, json = false;
};

Json ids_json(const std::vector<std::int32_t>& ids) {
  Json list = Json::Array{};
  for (std::int32_t id : ids) list.array().push_back(id);
  return list;
}

Result<ChatTemplate> open_template(const Tokenizer& tokenizer, const Options& o) {
  if (!o.template_file.empty()) {
    LAB_TRY(auto source, map_file(o.template_file));
    const auto bytes = source->bytes();
    return ChatTemplate::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, o.template_file);
  }
  if (!tokenizer.chat_template())
    return fail(Error{Code::kNotFound, "the model has no chat template"}.in(o.model).fix("Give one with --template FILE."));
  return ChatTemplate::parse(*tokenizer.chat_template(), o.model);
}

Result<Json> chat_line(const Json& line, const Tokenizer& tokenizer, const ChatTemplate& chat) {
  const Json* messages = line.find("messages");
  if (messages == nullptr) return fail(Error{Code::kBadJson, "the line has no messages"}.of("messages"));
  ChatOptions options = chat_options(tokenizer);
  if (const Json* add = line.find("add_generation_prompt"); add && add->is_bool()) options.add_generation_prompt = add->boolean();
  options.tools = line.find("tools");
  options.documents = line.find("documents");
  LAB_TRY(const Rendered rendered, chat.render(*messages, options));
  LAB_TRY(const auto ids, tokenizer.encode(rendered.text, {.parse_special = true}));
  Json out = Json::Object{};
  out.set("ids", ids_json(ids)).set("text", rendered.text);
  return out;
}

Result<Json> decode_line(const Json& line, const Tokenizer& tokenizer, bool skip_special) {
  const Json* list = line.find("ids");
  if (list == nullptr || !list->is_array()) return fail(Error{Code::kBadJson, "the line has no list of ids"}.of("ids"));
  std::vector<std::int32_t> ids;
  for (const Json& id : list->array()) {
    if (!id.is_integer() || id.integer() < 0 || id.integer() >= tokenizer.vocab_size())
      return fail(Error{Code::kBadArgument, cat("an id is outside the vocabulary of ", tokenizer.vocab_size())}.of("ids"));
    ids.push_back(static_cast<std::int32_t>(id.integer()));
  }
  Json out = Json::Object{};
  out.set("text", tokenizer.decode(ids, skip_special));
  return out;
}

Result<Json> answer(const std::string& text, const Tokenizer& tokenizer, const std::optional<ChatTemplate>& chat, const Options& o) {
  LAB_TRY(const Json line, parse_json(text));
  if (o.chat) return chat_line(line, tokenizer, *chat);
  if (o.decode) {
    const Json* skip = line.find("skip_special");
    return decode_line(line, tokenizer, skip != nullptr && skip->is_bool() && skip->boolean());
  }
  LAB_TRY(const std::string input, need_string(line, "text"));
  LAB_TRY(const auto ids, tokenizer.encode(input, {.parse_special = o.special, .add_special = o.add_special}));
  Json out = Json::Object{};
  out.set("ids", ids_json(ids));
  return out;
}

Status run(const Options& o) {
  LAB_TRY(auto tokenizer, open_tokenizer(resolve_model(o.model)));
  std::optional<ChatTemplate> chat;
  if (o.chat) {
    LAB_TRY(chat, open_template(*tokenizer, o));
  }
  std::int64_t number = 0;
  for (std::string text; std::getline(std::cin, text);) {
    ++number;
    if (text.find_first_not_of(" \t\r") == text.npos) continue;
    auto result = answer(text, *tokenizer, chat, o);
    if (!result) return fail(std::move(result.error()).in("standard input").on_line(number));
    if (!print_now(result->dump() + "\n")) return {};
  }
  return {};
}

}  // namespace

void add_tokenize(CLI::App& app, Exit& exit) {
  CLI::App* command = app.add_subcommand("tokenize", "Texts to token ids and back, a JSON line each from standard input");
  auto o = std::make_shared<Options>();
  command->add_option("--model", o->model, "A known name, a .gguf file (a vocabulary is enough), or a Hugging Face folder")->capture_default_str();
  auto* decode = command->add_flag("--decode", o->decode, "{\"ids\": [..]} to {\"text\": ..}");
  command->add_flag("--special", o->special, "The text of special tokens becomes those tokens");
  command->add_flag("--add-special", o->add_special, "Add BOS and EOS as the model says");
  auto* chat = command->add_flag("--chat", o->chat, "{\"messages\": [..], \"add_generation_prompt\": bool} through the chat template")->excludes(decode);
  command->add_option("--template", o->template_file, "Another Jinja template than the model's")->needs(chat);
  command->add_flag("--json", o->json, "The output is JSON lines in any case");
  command->callback([o, &exit] {
    if (Status status = run(*o); !status) exit.status = report(status.error(), o->json);
  });
}

}  // namespace lab::cli
