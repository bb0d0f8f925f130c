// Causal attention over the segment tree, on tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include "../program.h"
#include "device_plan.h"
#include "row_operations.h"

namespace rerank {

struct DeviceHeads {
  at::Tensor q;  // [T or B, Hq * head_dim]
  at::Tensor k;  // [T, Hkv * head_dim]
  at::Tensor v;  // [T, Hkv * head_dim]
};

class DeviceAttention {
 public:
  /// `flash`: flash attention for sequences of uneven length serves this device and dtype.
  DeviceAttention(const DevicePlan& plan, bool flash) : plan_(plan), flash_(flash), stored_(plan.stored) {}

  /// [T or B, Hq * head_dim]; scale head_dim^-0.5.
  at::Tensor Attend(const DeviceHeads& heads, const Command& command, const RowOperations& rows);

  /// Keys and values of the rows that are stored: [layers, 2, stored rows, width]; undefined: there are none.
  const at::Tensor& stored() const { return stored_; }

 private:
  void Store(const at::Tensor& key_values, int64_t layer);

  const DevicePlan& plan_;
  bool flash_;
  at::Tensor stored_;
};

/// Hands the keys and values that a pass stored to their segments. `copied`: the memory serves other passes too.
void KeepStored(const DevicePlan& plan, const at::Tensor& stored, bool copied);

/// Attention by matrix multiplications: sequences of equal size together, softmax in float32. Serves every device and dtype.
/// q [R, Hq, D]; k, v [total keys, Hkv, D] -> [R, Hq * D].
at::Tensor AttendByGroups(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);

/// Whether this libtorch has flash attention for these heads on a GPU of this architecture (9.0 is 90).
bool FlashServes(at::ScalarType dtype, int64_t head_dim, int architecture);

}  // namespace rerank
