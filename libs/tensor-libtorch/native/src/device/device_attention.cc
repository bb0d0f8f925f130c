#include "device_attention.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "../errors.h"

namespace rerank {
namespace {

/// Sequences of more queries fill the tiles of flash attention, which computes faster once its keys were gathered.
constexpr int64_t kLongestPacked = 256;

// Keys and values as one tensor [2, T, width]: no copy where both are columns of one projection, side by side.
at::Tensor Joint(const at::Tensor& k, const at::Tensor& v) {
  const int64_t width = k.size(1);
  const char* behind = static_cast<const char*>(k.data_ptr()) + width * static_cast<int64_t>(k.element_size());
  const bool beside = k.size(0) > 0 && v.data_ptr() == behind && k.stride(0) == v.stride(0) && k.stride(1) == 1;
  if (beside) return k.as_strided({2, k.size(0), width}, {width, k.stride(0), 1});
  return at::stack({k, v});
}

// Queries and the keys behind them as one.
at::Tensor Beside(const at::Tensor& q, const at::Tensor& k) {
  return q.as_strided({q.size(0), q.size(1) + k.size(1)}, {q.stride(0), 1});
}

}  // namespace

at::Tensor DeviceAttention::Attend(const DeviceHeads& heads, const Command& command) {
  const at::Tensor joint = Joint(heads.k, heads.v);
  Store(heads, joint, command);
  if (heads.q.size(0) == 0) return heads.q;
  const Sequences& sequences = plan_.sequences(command.scored_only);
  const RowPools pools{sequences.key_index.defined() ? KeptOf(command.layer) : at::Tensor(), joint};
  if (command.packed && (flash_ == nullptr || sequences.max_queries <= kLongestPacked)) {
    return backend_.kernels()->Attend(heads.q, pools, sequences, plan_.head_dim);
  }
  const RowOperations& rows = backend_.rows(command.fused);
  const at::Tensor read = sequences.key_index.defined() ? rows.GatherRows(pools, sequences.key_index, sequences.all_keys()) : joint;
  const auto by_heads = [this](const at::Tensor& x) { return x.view({x.size(0), x.size(1) / plan_.head_dim, plan_.head_dim}); };
  const at::Tensor q = by_heads(heads.q), k = by_heads(read.select(0, 0)), v = by_heads(read.select(0, 1));
  return (flash_ == nullptr ? AttendByGroups : flash_)(sequences, q, k, v);
}

at::Tensor DeviceAttention::KeptOf(int64_t layer) const {
  if (!plan_.kept.defined()) return {};
  if (layer >= plan_.kept.size(0)) throw InvalidArgument("a kept segment has fewer layers");
  return plan_.kept.select(0, layer);
}

// Norms and rotates the keys, and the queries beside them, where that was left to here.
void DeviceAttention::Store(const DeviceHeads& heads, const at::Tensor& joint, const Command& command) {
  if (plan_.stored_rows > 0 && !stored_.defined()) {
    const int64_t width = joint.size(2);
    int64_t layers = 0;
    for (const StoredSegment& stored : plan_.stored_segments) layers = std::max(layers, stored.segment->Accept(width));
    stored_ = at::empty({layers, 2, plan_.stored_rows, width}, joint.options());
  }
  const at::Tensor memory = plan_.stored_rows > 0 ? stored_.select(0, command.layer) : at::Tensor();
  if (command.key_norm == nullptr) {
    if (memory.defined()) at::index_select_out(const_cast<at::Tensor&>(memory), joint, 1, plan_.stored_from);
    return;
  }
  const bool with_queries = command.query_norm != nullptr;
  const HeadRows rows{with_queries ? Beside(heads.q, heads.k) : heads.k,
                      with_queries ? heads.q.size(1) / plan_.head_dim : 0,
                      heads.k.size(1) / plan_.head_dim,
                      with_queries ? command.query_norm->values : at::Tensor(),
                      command.key_norm->values,
                      command.eps};
  const KeptRows kept{memory.defined() ? plan_.places : at::Tensor(), memory};
  backend_.kernels()->NormAndRotate(rows, kept, rotations_, plan_.positions(/*scored_only=*/false), plan_.head_dim);
}

void KeepStored(const DevicePlan& plan, const at::Tensor& stored, bool copied) {
  for (const StoredSegment& kept : plan.stored_segments) {
    // A copy: one that outlives the others must not hold their memory.
    const at::Tensor values = stored.narrow(2, kept.first_stored, kept.rows);
    kept.segment->values = !copied && kept.rows == plan.stored_rows ? values : values.clone();
  }
}

}  // namespace rerank
