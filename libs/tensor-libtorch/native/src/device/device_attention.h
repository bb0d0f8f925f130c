// Causal attention over the segment tree, on tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include "../program.h"
#include "device_backend.h"
#include "device_plan.h"

namespace rerank {

struct DeviceHeads {
  at::Tensor q;  // [T or B, Hq * head_dim]
  at::Tensor k;  // [T, Hkv * head_dim]
  at::Tensor v;  // [T, Hkv * head_dim]
};

class DeviceAttention {
 public:
  DeviceAttention(const DevicePlan& plan, const RotationTable& rotations, const DeviceBackend& backend)
      : plan_(plan), rotations_(rotations), backend_(backend), flash_(backend.flash(plan.head_dim)), stored_(plan.stored) {}

  /// [T or B, Hq * head_dim]; scale head_dim^-0.5.
  at::Tensor Attend(const DeviceHeads& heads, const Command& command);

  /// Keys and values of the rows that are stored: [layers, 2, stored rows, width]; undefined: there are none.
  const at::Tensor& stored() const { return stored_; }

 private:
  void Store(const DeviceHeads& heads, const at::Tensor& joint, const Command& command);
  at::Tensor KeptOf(int64_t layer) const;

  const DevicePlan& plan_;
  const RotationTable& rotations_;
  const DeviceBackend& backend_;
  const FlashAttention flash_;
  at::Tensor stored_;
};

/// Hands the keys and values that a pass stored to their segments. `copied`: the memory serves other passes too.
void KeepStored(const DevicePlan& plan, const at::Tensor& stored, bool copied);

/// Attention by matrix multiplications: sequences of equal size together, softmax in float32. Serves every device and dtype.
/// q [R, Hq, D]; k, v [total keys, Hkv, D] -> [R, Hq * D].
at::Tensor AttendByGroups(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

}  // namespace rerank
