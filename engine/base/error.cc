#include "base/error.h"

namespace lab {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kIo: return "io";
    case Code::kNotFound: return "not_found";
    case Code::kTruncated: return "truncated";
    case Code::kCorrupt: return "corrupt";
    case Code::kUnsupported: return "unsupported";
    case Code::kMismatch: return "mismatch";
    case Code::kLimit: return "limit";
    case Code::kBadJson: return "bad_json";
    case Code::kBadText: return "bad_text";
    case Code::kBadTemplate: return "bad_template";
    case Code::kBadArgument: return "bad_argument";
    case Code::kEmpty: return "empty";
    case Code::kOutOfMemory: return "out_of_memory";
    case Code::kNotFinite: return "not_finite";
    case Code::kInterrupted: return "interrupted";
    case Code::kBusy: return "busy";
    case Code::kDiskFull: return "disk_full";
  }
  return "unknown";
}

std::string Error::text() const {
  std::string out;
  if (!file.empty()) out += file;
  if (line >= 0) out += (out.empty() ? "line " : ":") + std::to_string(line);
  if (!out.empty()) out += ": ";
  out += message;
  std::string place;
  if (!field.empty()) place += "'" + field + "'";
  if (offset >= 0) place += (place.empty() ? "byte " : ", byte ") + std::to_string(offset);
  if (!place.empty()) out += " (" + place + ")";
  if (out.back() != '.') out += '.';
  if (!remedy.empty()) out += " " + remedy;
  return out;
}

}  // namespace lab
