#include "report.h"

#include <sys/resource.h>

#include <cmath>
#include <cstdio>

#include "base/cat.h"
#include "file/error_json.h"

namespace lab::cli {

int report(const Error& error, bool json) {
  if (json) {
    print_json(error_to_json(error));
  } else {
    std::fprintf(stderr, "lora-lab: %s\n", error.text().c_str());
  }
  return error.code == Code::kInterrupted ? kInterruptedStatus
         : error.code == Code::kBadArgument ? kUsage : kFailed;
}

void print_json(const Json& object) { std::printf("%s\n", object.dump().c_str()); }

bool print_now(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string human_bytes(double bytes) {
  if (bytes >= 1e9) return fixed(bytes / 1e9, 2) + " GB";
  if (bytes >= 1e6) return fixed(bytes / 1e6, 1) + " MB";
  if (bytes >= 1e3) return fixed(bytes / 1e3, 1) + " kB";
  return fixed(bytes, 0) + " bytes";
}

std::string human_time(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 60) return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 3600) return cat(whole / 60, " min ", whole % 60, " s");
  return cat(whole / 3600, " h ", whole % 3600 / 60, " min");
}

std::uint64_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace lab::cli
