#include "cpu_isa.h"
#include "tile_loops.h"
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
#if RERANK_HAS_TILES
namespace amx {
extern const TileLoops kTiles;
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

const TileLoops* Tiles() {
#if RERANK_HAS_TILES
  if (cpu_isa() >= CpuIsa::kAmx) return &amx::kTiles;
#endif
  return nullptr;
}

}  // namespace rerank
