// libtorch's flash attention for sequences of uneven length.
#pragma once

#include <ATen/core/Tensor.h>

#include "sequences.h"

namespace rerank {

/// q [R, Hq, D]; k, v [total keys, Hkv, D] -> [R, Hq * D]; causal, aligned at the end.
using FlashAttention = at::Tensor (*)(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/// That of a GPU.
at::Tensor AttendByFlash(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/// Whether this libtorch has it for these heads on a GPU of this architecture (9.0 is 90).
bool FlashServes(at::ScalarType dtype, int64_t head_dim, int architecture);

}  // namespace rerank
