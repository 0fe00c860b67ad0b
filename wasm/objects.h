// The engine's objects that JavaScript knows by numbers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "adapter/gguf_adapter.h"
#include "base/cat.h"
#include "base/thread_pool.h"
#include "device/device.h"
#include "file/json.h"
#include "infer/generate.h"
#include "model/model.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace lab::wasm {

struct OpenGeneration;

/// A loaded model. Its key-value cache is kept between generations, so that a conversation goes on where
/// it stopped; it has a device of its own because a device's memory goes with the device.
struct OpenModel {
  std::shared_ptr<const ModelSource> source;
  std::unique_ptr<Device> device, adapter_device, session_device;
  Model base, model;                 ///< without and with the adapter
  bool adapted = false;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::optional<ChatTemplate> chat;
  std::unique_ptr<Session> session;
  std::weak_ptr<OpenGeneration> generation;  ///< who uses the session

  /// Of its weights' bytes; computed when it is first asked for.
  const std::string& sha256();
  std::string known_sha256;

  /// Ends the generation that uses the session, if there is one.
  void end_generation();
};

/// One generation of a model.
struct OpenGeneration {
  std::shared_ptr<OpenModel> model;
  std::unique_ptr<Generation> generation;  ///< null when something else has taken the session
};

class TrainingRun;

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
  Table<OpenGeneration> generations;
  Table<TrainingRun> runs;
};
Objects& objects();

// What the requests do; each takes the whole request and returns its answer.
Result<Json> open_model(const Json& request);
Result<Json> load_adapter(const Json& request);
Result<Json> tokenize(const Json& request);
Result<Json> detokenize(const Json& request);
Result<Json> start_generation(const Json& request);
Result<Json> next_token(const Json& request);
Result<Json> start_training(const Json& request);
Result<Json> plan(const Json& request);
Result<Json> training_step(const Json& request);
Result<Json> validate(const Json& request);
Result<Json> save_adapter(const Json& request);
Result<Json> save_checkpoint(const Json& request);

}  // namespace lab::wasm
