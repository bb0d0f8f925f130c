// What a device answers, held against ATen's plain operations when it is opened. No GPU of its kind may have run this before: the first
// one shows what works on it, and what does not is switched off.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "flash_attention.h"
#include "fused_kernels.h"
#include "graph_maker.h"
#include "placement.h"
#include "quantised.h"

namespace rerank {

using Tensors = std::vector<at::Tensor>;

/// Something that a device has, and what it must be like.
struct Trial {
  std::string part;
  /// Goes first: what it leaves unwritten is then not by chance what was expected.
  std::function<Tensors()> asked;
  std::function<Tensors()> expected;
  /// Largest difference, relative to what is expected (Frobenius).
  double tolerance = 0;
};

/// What is wrong: how far it differs, or what it threw. Nothing where it is right.
std::optional<std::string> Fault(const Trial& trial);

/// Size of the heads that attention is tried with.
constexpr int64_t kTriedHead = 128;

/// Of each kernel; parts are the kernels' names.
std::vector<Trial> TrialsOf(const FusedRows& kernels, const RowOperations& composed, const Placement& placement);

/// Over sequences of uneven length, some behind a prefix.
Trial TrialOf(FlashAttention flash, const Placement& placement);

/// A replay after its inputs have changed, and a launch of the same.
Trial TrialOf(GraphMaker& maker, const Placement& placement);

/// A product of rows in 8 bits, and of what 8 bits leave of them in float32.
Trial TrialOf(QuantisedProduct product, const Placement& placement);

}  // namespace rerank
