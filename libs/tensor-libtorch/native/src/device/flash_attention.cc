#include "flash_attention.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "../errors.h"

namespace rerank {

// `scale` is a double, since {} would fit two overloads.
at::Tensor AttendByFlash(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
#if LIBTORCH_SERVES_GPU
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(2)));
  // Sequences of one row each would take another path (split keys, swapped heads); this one serves them too.
  const int64_t max_queries = std::max<int64_t>(2, sequences.max_queries);
  return std::get<0>(at::_flash_attention_forward(q, k, v, sequences.cumulative_queries, sequences.cumulative_keys,
                                                  max_queries, sequences.max_keys, 0.0, /*is_causal=*/true,
                                                  /*return_debug_mask=*/false, scale))
      .reshape({q.size(0), -1});
#else
  (void)sequences, (void)q, (void)k, (void)v;
  throw InvalidArgument("this libtorch is too old for a GPU");
#endif
}

bool FlashServes(at::ScalarType dtype, int64_t head_dim, int architecture) {
  const bool half = dtype == at::kBFloat16 || dtype == at::kHalf;
  return LIBTORCH_SERVES_GPU && half && architecture >= 80 && head_dim % 8 == 0 && head_dim <= 256;
}

}  // namespace rerank
