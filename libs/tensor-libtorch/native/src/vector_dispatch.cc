#include "cpu_isa.h"
#include "vector_loops.h"

namespace rerank {

#if defined(__x86_64__)
namespace avx512 {
extern const VectorLoops kLoops;
}
namespace avx2 {
extern const VectorLoops kLoops;
}
#endif
namespace baseline {
extern const VectorLoops kLoops;
}

namespace {

const VectorLoops& Choose() {
#if defined(__x86_64__)
  if (cpu_isa() >= CpuIsa::kAvx512) return avx512::kLoops;
  if (cpu_isa() >= CpuIsa::kAvx2) return avx2::kLoops;
#endif
  return baseline::kLoops;
}

}  // namespace

const VectorLoops& Loops() {
  static const VectorLoops& chosen = Choose();
  return chosen;
}

}  // namespace rerank
