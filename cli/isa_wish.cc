#include "isa_wish.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/cat.h"
#include "kernels/isa.h"

namespace lab::cli {

Status obey_isa_wish() {
  const char* wish = std::getenv("LAB_ISA");
  if (wish == nullptr || *wish == '\0') return {};
  using kernels::Isa;
  constexpr std::array<std::pair<std::string_view, Isa>, 3> kNames = {{{"baseline", Isa::kBaseline}, {"avx2", Isa::kAvx2}, {"avx512", Isa::kAvx512}}};
  std::string attainable;
  for (const Isa isa : kernels::attainable_isas())
    for (const auto& [name, known] : kNames) {
      if (known != isa) continue;
      attainable += cat(attainable.empty() ? "" : ", ", name);
      if (name == wish) {
        kernels::force_isa(isa);
        kernels::force_amx(false);
        return {};
      }
    }
  return fail(Error{Code::kUnsupported, cat("there is no instruction set '", wish, "' here")}.of("LAB_ISA").fix(cat("Take one of ", attainable, ", or unset LAB_ISA.")));
}

}  // namespace lab::cli
