// The error codes and the Error value that every fallible function of the engine returns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lab {

/// Why something was refused. The names are stable: programs may test them, documents list them.
enum class Code : std::uint8_t {
  kIo,             ///< the operating system refused a file operation
  kNotFound,       ///< a file, tensor, model name or field that was asked for does not exist
  kTruncated,      ///< the bytes end before the format says they do
  kCorrupt,        ///< the bytes contradict the format or themselves
  kUnsupported,    ///< well-formed, but a feature that LoRA Lab does not have; the message names it
  kMismatch,       ///< two well-formed things do not belong together (adapter and base, shapes)
  kLimit,          ///< larger than a limit that is stated in the message
  kBadJson,        ///< not JSON, or JSON of another shape than wanted
  kBadText,        ///< not UTF-8, or a text that the tokenizer or template cannot take
  kBadTemplate,    ///< a chat template that does not parse or fails while rendering
  kBadArgument,    ///< an option or argument outside its range
  kEmpty,          ///< nothing to work on: no samples, no tokens that carry a loss
  kOutOfMemory,    ///< the memory that the message names could not be had
  kNotFinite,      ///< NaN or infinity where a finite number is needed
  kInterrupted,    ///< stopped on request
  kBusy,           ///< another process holds what is needed
  kDiskFull,       ///< no space or quota is left for a file that is being written
};

/// The code's stable name, for example "truncated".
std::string_view code_name(Code code);

/// What went wrong, where, and what to do. `message` is a clear sentence without the place.
struct Error {
  Code code;
  std::string message;
  std::string file = {};          ///< path or name of the input, empty if none
  std::int64_t offset = -1;       ///< byte offset in `file`, -1 if unknown
  std::int64_t line = -1;         ///< 1-based line in `file`, -1 if unknown
  std::string field = {};         ///< tensor, key or option, empty if none
  std::string remedy = {};        ///< what the user can do, a sentence, empty if none

  Error&& in(std::string_view path) && { if (file.empty()) file = path; return std::move(*this); }
  Error&& at(std::int64_t byte_offset) && { offset = byte_offset; return std::move(*this); }
  Error&& on_line(std::int64_t number) && { line = number; return std::move(*this); }
  Error&& of(std::string_view name) && { field = name; return std::move(*this); }
  Error&& fix(std::string_view sentence) && { remedy = sentence; return std::move(*this); }
  /// The same where nobody closer to the cause knew a better one.
  Error&& or_fix(std::string_view sentence) && { if (remedy.empty()) remedy = sentence; return std::move(*this); }
  Error&& or_of(std::string_view name) && { if (field.empty()) field = name; return std::move(*this); }

  /// One line for people: "file:line: message (field x, byte y). remedy".
  std::string text() const;
};

}  // namespace lab
