// The engine's objects that JavaScript knows by numbers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/cat.h"
#include "base/thread_pool.h"
#include "device/device.h"
#include "file/json.h"
#include "infer/generate.h"
#include "model/model.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace lab::wasm {

struct Attached;
struct OpenAdapter;
struct OpenGeneration;
class OpenGradientCheck;
class TrainingRun;

/// What turns texts into ids; of a model, or by itself.
struct OpenTokenizer {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::optional<ChatTemplate> chat;
};
Result<std::shared_ptr<const OpenTokenizer>> with_template(std::shared_ptr<const Tokenizer> tokenizer);

/// A loaded model. Its key-value cache is kept between generations, so that a conversation goes on where
/// it stopped; it has a device of its own because a device's memory goes with the device.
struct OpenModel {
  ~OpenModel();

  std::shared_ptr<const ModelSource> source;
  std::unique_ptr<Device> device, session_device;
  Model base;
  std::shared_ptr<const OpenTokenizer> tokenizer;  ///< null for a model that brings none,
  std::optional<Error> no_tokenizer;               ///< and then why
  std::unique_ptr<Session> session;
  std::string session_fed;                         ///< what the session was fed through: ChosenModel::name
  std::shared_ptr<const void> session_owner;       ///< keeps that alive
  std::weak_ptr<OpenGeneration> generation;        ///< who uses the session

  /// Of its weights' bytes; computed when it is first asked for.
  const std::string& sha256();
  std::string known_sha256;

  /// Ends the generation that uses the session, if there is one.
  void end_generation();
  /// Gives back the memory of what was said before, unless something is being said.
  void forget_conversation();
};

/// Numbers for objects of one kind.
template <class T>
class Table {
 public:
  std::int64_t add(std::shared_ptr<T> object) {
    objects_[++last_] = std::move(object);
    return last_;
  }
  Result<std::shared_ptr<T>> find(const Json& request, std::string_view key) const {
    LAB_TRY(const std::int64_t number, need_integer(request, key));
    const auto found = objects_.find(number);
    if (found != objects_.end()) return found->second;
    return fail(Error{Code::kNotFound, cat("this ", key, " was disposed of")}.of(key));
  }
  void remove(std::int64_t number) { objects_.erase(number); }

 private:
  std::map<std::int64_t, std::shared_ptr<T>> objects_;
  std::int64_t last_ = 0;
};

struct Objects {
  ThreadPool pool{0};
  Table<OpenModel> models;
  Table<const OpenTokenizer> tokenizers;
  Table<OpenAdapter> adapters;
  Table<OpenGeneration> generations;
  Table<OpenGradientCheck> checks;
  Table<TrainingRun> runs;
};
Objects& objects();

/// The tokenizer of a model, or of a request's "tokenizer" or "model". kNotFound for a model that brings none.
Result<std::shared_ptr<const OpenTokenizer>> tokenizer_of(const OpenModel& model);
Result<std::shared_ptr<const OpenTokenizer>> tokenizer_of(const Json& request);
/// A list of token ids below `vocab`.
Result<std::vector<std::int32_t>> ids_of(const Json* list, std::string_view key, std::int64_t vocab);
Json ids_json(std::span<const std::int32_t> ids);
/// A conversation as ids: the template's control tokens are parsed, those in messages are just text.
struct ChatIds { std::string text; std::vector<std::int32_t> ids; };
Result<ChatIds> chat_ids(const OpenTokenizer& text, const Json& messages, bool add_generation_prompt);

// What a request may leave out.
bool flag(const Json& request, std::string_view key);
std::string text_or(const Json& request, std::string_view key, std::string_view otherwise);
Json number_or_null(double value);

// What the requests of requests.def do; each takes the whole request and returns its answer.
#define LAB_REQUEST(name, asked, answered) Result<Json> name(const Json& request);
#include "requests.def"
#undef LAB_REQUEST

}  // namespace lab::wasm
