#pragma once

#include <ATen/core/Tensor.h>

#include "device_plan.h"

namespace rerank {

/// Attention by matrix multiplications: sequences of equal size together, softmax in float32. Serves every device and dtype.
/// q [R, Hq, D]; k, v [total keys, Hkv, D] -> [R, Hq * D].
at::Tensor AttendByGroups(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace rerank
