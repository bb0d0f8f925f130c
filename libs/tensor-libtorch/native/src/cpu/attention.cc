#include "attention.h"

#include "panel_attention.h"
#include "tile_attention.h"

namespace rerank {

void Attend(const Plan& plan, const Heads& heads, int64_t layer, bool scored_only, Arena& arena, const Rows& out) {
  const Attending attending{plan, heads, layer, scored_only, out};
  if (plan.packing == Packing::kTiles) AttendInTiles(attending, arena);
  else AttendInPanels(attending, arena);
}

bool AttendsInto(Format format, const Plan& plan) {
  return format == Format::kF32 || (format == Format::kBf16 && plan.packing == Packing::kTiles);
}

}  // namespace rerank
