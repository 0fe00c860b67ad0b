// One instruction set: WebAssembly, or a processor for which there is no body of its own.
#include "forward.h"

namespace microlora {
namespace portable {
bool forward(const Weights&, float, const float*, float*, Into, float*);
}

ForwardFunction forward_for(Isa isa) { return isa == Isa::kPortable ? portable::forward : nullptr; }

bool forward(const Weights& w, float share, const float* x, float* y, Into into, float* keep) {
  return portable::forward(w, share, x, y, into, keep);
}

}  // namespace microlora
