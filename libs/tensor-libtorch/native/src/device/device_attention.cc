#include "device_attention.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "../errors.h"

namespace rerank {
namespace {

// Keys and values as one tensor [2, T, width]: no copy where both are columns of one projection, side by side.
at::Tensor Joint(const at::Tensor& k, const at::Tensor& v) {
  const int64_t width = k.size(1);
  const char* behind = static_cast<const char*>(k.data_ptr()) + width * static_cast<int64_t>(k.element_size());
  const bool beside = k.size(0) > 0 && v.data_ptr() == behind && k.stride(0) == v.stride(0) && k.stride(1) == 1;
  if (beside) return k.as_strided({2, k.size(0), width}, {width, k.stride(0), 1});
  return at::stack({k, v});
}

// `scale` is a double, since {} would fit two overloads.
at::Tensor FlashAttend(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
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

}  // namespace

bool FlashServes(at::ScalarType dtype, int64_t head_dim, int architecture) {
  const bool half = dtype == at::kBFloat16 || dtype == at::kHalf;
  return LIBTORCH_SERVES_GPU && half && architecture >= 80 && head_dim % 8 == 0 && head_dim <= 256;
}

at::Tensor DeviceAttention::Attend(const DeviceHeads& heads, const Command& command, const RowOperations& rows) {
  const at::Tensor joint = Joint(heads.k, heads.v);
  Store(joint, command.layer);
  if (heads.q.size(0) == 0) return heads.q;
  const Sequences& sequences = plan_.sequences(command.scored_only);
  at::Tensor read = joint;
  if (sequences.key_index.defined()) {
    if (plan_.kept.defined() && command.layer >= plan_.kept.size(0)) throw InvalidArgument("a kept segment has fewer layers");
    const at::Tensor kept = plan_.kept.defined() ? plan_.kept.select(0, command.layer) : at::Tensor();
    read = rows.GatherRows({kept, joint}, sequences.key_index);
  }
  const auto by_heads = [this](const at::Tensor& x) { return x.view({x.size(0), x.size(1) / plan_.head_dim, plan_.head_dim}); };
  const at::Tensor q = by_heads(heads.q), k = by_heads(read.select(0, 0)), v = by_heads(read.select(0, 1));
  return flash_ ? FlashAttend(sequences, q, k, v) : AttendByGroups(sequences, q, k, v);
}

void DeviceAttention::Store(const at::Tensor& key_values, int64_t layer) {
  if (plan_.stored_rows == 0) return;
  if (!stored_.defined()) {
    const int64_t width = key_values.size(2);
    int64_t layers = 0;
    for (const StoredSegment& stored : plan_.stored_segments) layers = std::max(layers, stored.segment->Accept(width));
    stored_ = at::empty({layers, 2, plan_.stored_rows, width}, key_values.options());
  }
  for (const StoredRun& run : plan_.runs) {
    stored_.select(0, layer).narrow(1, run.first_stored, run.rows).copy_(key_values.narrow(1, run.first_row, run.rows));
  }
}

void KeepStored(const DevicePlan& plan, const at::Tensor& stored, bool copied) {
  for (const StoredSegment& kept : plan.stored_segments) {
    // A copy: one that outlives the others must not hold their memory.
    const at::Tensor values = stored.narrow(2, kept.first_stored, kept.rows);
    kept.segment->values = !copied && kept.rows == plan.stored_rows ? values : values.clone();
  }
}

}  // namespace rerank
