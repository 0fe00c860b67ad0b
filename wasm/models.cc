// Requests about models, adapters and tokens.
#include <limits>

#include "adapter/adapter_values.h"
#include "base/sha256.h"
#include "data/chat_text.h"
#include "data/encode.h"
#include "device/cpu/cpu_device.h"
#include "objects.h"
#include "text/chat_options.h"

namespace lab::wasm {
namespace {

bool flag(const Json& request, std::string_view key) {
  const Json* value = request.find(key);
  return value != nullptr && value->is_bool() && value->boolean();
}

Json ids_json(std::span<const std::int32_t> ids) {
  Json json = Json::Array{};
  for (const std::int32_t id : ids) json.array().push_back(id);
  return json;
}

Result<std::vector<std::int32_t>> ids_of(const Json& list) {
  std::vector<std::int32_t> ids;
  for (const Json& id : list.array()) {
    if (!id.is_integer() || id.integer() < 0 || id.integer() > std::numeric_limits<std::int32_t>::max())
      return fail(Error{Code::kBadArgument, "an id is not a whole number from 0 on"}.of("ids"));
    ids.push_back(static_cast<std::int32_t>(id.integer()));
  }
  return ids;
}

/// A conversation as ids: the template's control tokens are parsed, those in messages are just text.
Result<std::vector<std::int32_t>> chat_ids(const OpenModel& model, const Json& messages) {
  if (!model.chat)
    return fail(Error{Code::kUnsupported, "the model has no chat template"}.fix("Complete plain text with generate() instead."));
  ChatOptions options = chat_options(*model.tokenizer);
  options.add_generation_prompt = true;
  LAB_TRY(const Rendered rendered, model.chat->render(messages, options));
  ChatText chat{rendered.text, {}, {}};
  for (const TextRun& run : rendered.runs)
    if (run.from_user) chat.quoted.push_back({run.begin, run.end});
  LAB_TRY(Document document, encode_chat(model.tokenizer, chat));
  return std::move(document.ids);
}

/// The ids of a request's "messages", "ids" or "text", with what the model puts around a text.
Result<std::vector<std::int32_t>> prompt_of(const OpenModel& model, const Json& request) {
  if (const Json* messages = request.find("messages")) return chat_ids(model, *messages);
  if (const Json* ids = request.find("ids"); ids != nullptr && ids->is_array()) {
    LAB_TRY(auto list, ids_of(*ids));
    for (const std::int32_t id : list)
      if (id >= model.base.config.vocab)
        return fail(Error{Code::kBadArgument, cat("there is no token ", id, "; the vocabulary has ", model.base.config.vocab)}.of("ids"));
    return list;
  }
  LAB_TRY(const std::string text, need_string(request, "text"));
  return model.tokenizer->encode(text, {.parse_special = true, .add_special = true});
}

}  // namespace

void OpenModel::end_generation() {
  if (const auto open = generation.lock()) open->generation.reset();
}

const std::string& OpenModel::sha256() {
  if (!known_sha256.empty()) return known_sha256;
  Sha256 hash;
  for (const GgufTensor& tensor : source->gguf()->tensors()) hash.update(tensor.view.bytes);
  return known_sha256 = hex(hash.finish());
}

Result<Json> open_model(const Json& request) {
  LAB_TRY(const std::string path, need_string(request, "path"));
  auto model = std::make_shared<OpenModel>();
  LAB_TRY(model->source, ModelSource::open(path));
  if (model->source->gguf() == nullptr) return fail(Error{Code::kUnsupported, "only GGUF models can be loaded here"}.in(path));
  model->device = make_cpu_device(objects().pool);
  LAB_TRY(model->base, load_model(*model->device, *model->source));
  model->model = model->base;
  LAB_TRY(model->tokenizer, model->source->tokenizer());
  LAB_TRY(model->chat, chat_template_of(*model->tokenizer));
  const ModelConfig& config = model->base.config;
  Json out = Json::Object{};
  out.set("family", family_name(config.family)).set("layers", config.layers).set("hidden", config.hidden);
  out.set("vocab", config.vocab).set("max_positions", config.max_positions).set("chat", model->chat.has_value());
  out.set("model", objects().models.add(std::move(model)));
  return out;
}

Result<Json> load_adapter(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  model->end_generation();
  model->session.reset();  // its cache was computed without the adapter, or with another
  const Json* path = request.find("path");
  if (path == nullptr || path->is_null()) {
    model->adapted = false;
    return Json(Json::Object{});
  }
  LAB_TRY(const LoadedAdapter loaded, read_adapter(path->is_string() ? path->string() : "", model->base.config));
  auto device = make_cpu_device(objects().pool);
  const AdapterPlan& plan = loaded.adapter.plan;
  const std::uint32_t width = device->real_bytes();
  const std::int64_t count = plan.parameters(), first_norm = (count + 15) / 16 * 16;
  LAB_TRY(const std::uint64_t address, device->allocate(static_cast<std::uint64_t>(first_norm + norm_count(plan)) * width));
  const Reals params{address, count, width};
  upload_adapter(*device, model->base.config, loaded.adapter, params);
  model->model = model->base;
  attach_adapter(model->model, plan, params, {}, {address + static_cast<std::uint64_t>(first_norm) * width, norm_count(plan), width});
  refresh_norms(*device, model->model, plan);
  model->adapter_device = std::move(device);
  model->adapted = true;
  return Json(Json::Object{}).set("parameters", count).set("rank", loaded.lora.rank);
}

Result<Json> tokenize(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  if (request.find("messages") != nullptr) {
    LAB_TRY(const auto ids, chat_ids(*model, *request.find("messages")));
    return Json(Json::Object{}).set("ids", ids_json(ids));
  }
  LAB_TRY(const std::string text, need_string(request, "text"));
  LAB_TRY(const auto ids, model->tokenizer->encode(text, {.parse_special = flag(request, "parse_special"), .add_special = flag(request, "add_special")}));
  return Json(Json::Object{}).set("ids", ids_json(ids));
}

Result<Json> detokenize(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  const Json* list = request.find("ids");
  if (list == nullptr || !list->is_array()) return fail(Error{Code::kBadArgument, "ids is not a list"}.of("ids"));
  LAB_TRY(const auto ids, ids_of(*list));
  return Json(Json::Object{}).set("text", model->tokenizer->decode(ids, flag(request, "skip_special")));
}

Result<Json> start_generation(const Json& request) {
  LAB_TRY(const auto model, objects().models.find(request, "model"));
  LAB_TRY(const auto prompt, prompt_of(*model, request));
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

  model->end_generation();
  LAB_TRY(const std::int64_t context, need_integer(request, "context"));
  const std::int64_t need = static_cast<std::int64_t>(prompt.size()) + options.max_tokens;
  const std::int64_t capacity = std::max<std::int64_t>(1, std::min({std::max(need, context), model->base.config.max_positions}));
  if (!model->session || model->session->capacity() < capacity) {
    model->session.reset();
    model->session_device = make_cpu_device(objects().pool);
    LAB_TRY(model->session, Session::create(*model->session_device, model->base, capacity, 128));
  }
  auto open = std::make_shared<OpenGeneration>();
  open->model = model;
  open->generation = std::make_unique<Generation>(*model->session, model->adapted ? model->model : model->base, model->tokenizer, options);
  LAB_CHECK(open->generation->start(prompt));
  model->generation = open;
  Json out = Json::Object{};
  out.set("prompt_tokens", static_cast<std::int64_t>(prompt.size())).set("prefill_tokens", open->generation->generated().prefill_tokens);
  out.set("prefill_s", open->generation->generated().prefill_s).set("generation", objects().generations.add(std::move(open)));
  return out;
}

Result<Json> next_token(const Json& request) {
  LAB_TRY(const auto open, objects().generations.find(request, "generation"));
  if (!open->generation || open->generation->over())
    return fail(Error{Code::kInterrupted, "this generation is over: the model was asked for something else"}.fix("Let one generation of a model end before the next begins."));
  Generation& generation = *open->generation;
  LAB_TRY(std::string text, generation.next());
  const Generated& all = generation.generated();
  Json out = Json::Object{};
  out.set("text", std::move(text)).set("id", all.ids.back()).set("over", generation.over());
  if (generation.over()) out.set("reason", stop_reason_name(all.reason)).set("decode_s", all.decode_s);
  return out;
}

}  // namespace lab::wasm
