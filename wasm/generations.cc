#include "generations.h"

#include "device/cpu/cpu_device.h"

namespace lab::wasm {
namespace {

/// Tokens of a prompt that are read at a time: so often a stop is heard.
constexpr std::int64_t kChunk = 128;

/// The ids of a request's "messages", "ids" or "text", with what the model puts around a text.
Result<std::vector<std::int32_t>> prompt_of(const OpenModel& model, const OpenTokenizer& text, const Json& request) {
  if (const Json* ids = request.find("ids")) return ids_of(ids, "ids", model.base.config.vocab);
  if (const Json* messages = request.find("messages")) {
    LAB_TRY(ChatIds chat, chat_ids(text, *messages, true));
    return std::move(chat.ids);
  }
  LAB_TRY(const std::string prompt, need_string(request, "text"));
  return text.tokenizer->encode(prompt, {.parse_special = true, .add_special = true});
}

Result<GenerateOptions> options_of(const Json& request) {
  GenerateOptions options;
  SamplerOptions& sampler = options.sampler;
  const struct { std::string_view key; double least, most; std::int64_t* whole; double* real; } numbers[] = {
      {"max_tokens", 1, 1 << 20, &options.max_tokens, nullptr}, {"top_k", 0, 1 << 20, &sampler.top_k, nullptr},
      {"temperature", 0, 100, nullptr, &sampler.temperature}, {"top_p", 0, 1, nullptr, &sampler.top_p},
      {"min_p", 0, 1, nullptr, &sampler.min_p}, {"repetition_penalty", 0.1, 10, nullptr, &sampler.repetition_penalty}};
  for (const auto& n : numbers) {
    const Json* value = request.find(n.key);
    if (value == nullptr) continue;
    const bool right = n.whole ? value->is_integer() : value->is_number();
    if (!right || !(value->number() >= n.least && value->number() <= n.most))
      return fail(Error{Code::kBadArgument, cat(n.key, " is not a number from ", n.least, " to ", n.most)}.of(n.key));
    if (n.whole) *n.whole = value->integer();
    else *n.real = value->number();
  }
  if (const Json* seed = request.find("seed"); seed && seed->is_integer()) sampler.seed = static_cast<std::uint64_t>(seed->integer());
  if (const Json* stop = request.find("stop"); stop && stop->is_array())
    for (const Json& text : stop->array())
      if (text.is_string()) options.stop.push_back(text.string());
  return options;
}

/// The model's session with room for `capacity` tokens; what it holds of another adapter is forgotten.
Status prepare_session(OpenModel& model, std::int64_t capacity, const ChosenModel& chosen) {
  if (!model.session || model.session->capacity() < capacity) {
    model.session.reset();
    model.session_device = make_cpu_device(objects().pool);
    LAB_TRY(model.session, Session::create(*model.session_device, model.base, capacity, kChunk));
  }
  if (model.session_fed != chosen.name) model.session->truncate(0);
  model.session_fed = chosen.name;
  model.session_owner = chosen.owner;
  return {};
}

}  // namespace

Result<Json> generate(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  LAB_TRY(const auto text, tokenizer_of(request));
  LAB_TRY(const auto prompt, prompt_of(*model, *text, request));
  LAB_TRY(const GenerateOptions options, options_of(request));
  LAB_TRY(const std::int64_t context, need_integer(request, "context"));
  LAB_TRY(ChosenModel chosen, choose_model(model, request));
  model->end_generation();
  const std::int64_t need = static_cast<std::int64_t>(prompt.size()) + options.max_tokens;
  const std::int64_t capacity = std::max<std::int64_t>(1, std::min({std::max(need, context), model->base.config.max_positions}));
  LAB_CHECK(prepare_session(*model, capacity, chosen));
  auto open = std::make_shared<OpenGeneration>();
  open->model = model;
  open->chosen = std::move(chosen);
  open->generation = std::make_unique<Generation>(*model->session, *open->chosen.model, text->tokenizer, options);
  LAB_TRY(open->unread, open->generation->begin(prompt));
  model->generation = open;
  Json out = Json::Object{};
  out.set("prompt_tokens", static_cast<std::int64_t>(prompt.size())).set("prefill_tokens", open->unread);
  return out.set("generation", objects().generations.add(std::move(open)));
}

Result<Json> next_token(const Json& request) {
  LAB_TRY(const auto open, objects().generations.find(request, "generation"));
  if (!open->generation || open->generation->over())
    return fail(Error{Code::kInterrupted, "this generation is over: the model was asked for something else"}.fix("Let one generation of a model end before the next begins."));
  Generation& generation = *open->generation;
  Json out = Json::Object{};
  if (open->unread > 0) {
    LAB_TRY(open->unread, generation.read(kChunk));
    return out.set("unread", open->unread).set("prefill_s", generation.generated().prefill_s).set("over", false);
  }
  LAB_TRY(std::string text, generation.next());
  const Generated& all = generation.generated();
  out.set("text", std::move(text)).set("id", all.ids.back()).set("over", generation.over());
  if (generation.over()) out.set("reason", stop_reason_name(all.reason)).set("decode_s", all.decode_s);
  return out;
}

}  // namespace lab::wasm
