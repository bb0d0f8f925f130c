// Commands of a program that a device computes as one.
#pragma once

#include "../program.h"

namespace rerank {

/// A product that only the sum behind it reads adds to the residual itself: its rows are neither written nor read for that, and
/// are rounded once.
void JoinSums(Program& program);

/// Norms of queries and keys that only one attention reads become part of it, where kernels of our own serve them (`fused`).
void JoinNorms(Program& program);

}  // namespace rerank
