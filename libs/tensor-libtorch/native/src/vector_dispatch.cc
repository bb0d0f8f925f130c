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
  // What -march=x86-64-v4 and -march=x86-64-v3 may use.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd")) {
    return avx512::kLoops;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
    return avx2::kLoops;
  }
#endif
  return baseline::kLoops;
}

}  // namespace

const VectorLoops& Loops() {
  static const VectorLoops& chosen = Choose();
  return chosen;
}

}  // namespace rerank
