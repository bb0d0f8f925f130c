#include "cpu_isa.h"
#include "product_loops.h"

namespace rerank {

#if defined(RERANK_HAS_TILES)
namespace amx {
extern const ProductLoops kProducts;
}
#endif
#if defined(__x86_64__)
namespace vnni_bf16 {
extern const ProductLoops kProducts;
}
namespace vnni {
extern const ProductLoops kProducts;
}
namespace avx512 {
extern const ProductLoops kProducts;
}
namespace avx2 {
extern const ProductLoops kProducts;
}
#endif
namespace baseline {
extern const ProductLoops kProducts;
}

namespace {

const ProductLoops& Choose() {
#if defined(__x86_64__)
  switch (cpu_isa()) {
    case CpuIsa::kAmx:
#if defined(RERANK_HAS_TILES)
      return amx::kProducts;
#endif
    case CpuIsa::kVnni: return __builtin_cpu_supports("avx512bf16") ? vnni_bf16::kProducts : vnni::kProducts;
    case CpuIsa::kAvx512: return avx512::kProducts;
    case CpuIsa::kAvx2: return avx2::kProducts;
    case CpuIsa::kBaseline: break;
  }
#endif
  return baseline::kProducts;
}

}  // namespace

const ProductLoops& Products() {
  static const ProductLoops& chosen = Choose();
  return chosen;
}

}  // namespace rerank
