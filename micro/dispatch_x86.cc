// Chooses the forward pass by what the processor says it has.
#include "forward.h"

namespace microlora {
namespace portable {
bool forward(const Weights&, float, const float*, float*, Into, float*);
}
namespace avx2 {
bool forward(const Weights&, float, const float*, float*, Into, float*);
}
namespace avx512 {
bool forward(const Weights&, float, const float*, float*, Into, float*);
}

ForwardFunction forward_for(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") ? avx512::forward : nullptr;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2::forward
                                                                             : nullptr;
    case Isa::kPortable:
      break;
  }
  return portable::forward;
}

bool forward(const Weights& w, float share, const float* x, float* y, Into into, float* keep) {
  static const ForwardFunction best = [] {
    if (ForwardFunction f = forward_for(Isa::kAvx512)) return f;
    if (ForwardFunction f = forward_for(Isa::kAvx2)) return f;
    return forward_for(Isa::kPortable);
  }();
  return best(w, share, x, y, into, keep);
}

}  // namespace microlora
