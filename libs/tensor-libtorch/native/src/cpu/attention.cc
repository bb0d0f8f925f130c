#include "attention.h"

#include "tile_loops.h"

namespace rerank {

Packing PackingFor(bool bf16_allowed, int64_t head_dim) {
  return bf16_allowed && Tiles() != nullptr && TilesServe(head_dim) ? Packing::kTiles : Packing::kPanels;
}

void Attend(const Attending& attending, Arena& arena) {
  if (attending.packing == Packing::kTiles) AttendInTiles(attending, arena);
  else AttendInPanels(attending, arena);
}

bool AttendsInto(Format format, Packing packing) {
  return format == Format::kF32 || (format == Format::kBf16 && packing == Packing::kTiles);
}

}  // namespace rerank
