#pragma once

#include "attention.h"

namespace rerank {

/// Attention in float32, by the vector loops.
void AttendInPanels(const Attending& attending, Arena& arena);

}  // namespace rerank
