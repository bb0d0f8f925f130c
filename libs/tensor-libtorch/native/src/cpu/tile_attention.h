#pragma once

#include "attention.h"

namespace rerank {

/// Attention in bf16 with sums and softmax in float32, by the processor's tiles; see Tiles().
void AttendInTiles(const Attending& attending, Arena& arena);

}  // namespace rerank
