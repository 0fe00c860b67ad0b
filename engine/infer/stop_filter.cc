#include "infer/stop_filter.h"

#include <algorithm>
#include <utility>

namespace lab {

std::string StopFilter::push(std::string_view text) {
  if (stopped_) return {};
  held_ += text;
  std::size_t end = std::string::npos;
  for (const std::string& stop : stops_)
    if (!stop.empty()) end = std::min(end, held_.find(stop));
  if (end != std::string::npos) {
    stopped_ = true;
    return std::exchange(held_, {}).substr(0, end);
  }
  // The longest tail that begins some stop text must wait.
  std::size_t wait = 0;
  for (const std::string& stop : stops_)
    for (std::size_t n = std::min(stop.size(), held_.size()); n > wait; --n)
      if (held_.ends_with(std::string_view(stop).substr(0, n))) {
        wait = n;
        break;
      }
  std::string out = held_.substr(0, held_.size() - wait);
  held_.erase(0, out.size());
  return out;
}

std::string StopFilter::flush() { return std::exchange(held_, {}); }

}  // namespace lab
