#include "self_test.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "device_attention.h"

namespace rerank {
namespace {

constexpr int64_t kRows = 37, kProductRows = 1000;
constexpr int64_t kColumns = 1024;
constexpr int64_t kQueryHeads = 4, kKeyHeads = 2;
constexpr double kKernelPhase = 0.8, kFlashPhase = 1.7;
constexpr float kEps = 1e-6f;
/// Rows in 8 bits, of which a GPU sums products in fewer bits than float32.
constexpr double kQuantisedTolerance = 2e-2;

// Kernel and composition round once each, and differ where that goes the other way.
double ToleranceOf(at::ScalarType dtype) { return dtype == at::kFloat ? 1e-5 : dtype == at::kHalf ? 1e-3 : 8e-3; }

// Numbers of both signs that are the same on every device; another `phase` has others.
at::Tensor Wave(const std::vector<int64_t>& sizes, double phase, const Placement& placement) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  const at::Tensor places = at::arange(count, at::TensorOptions().dtype(at::kDouble));
  return at::sin(places * 0.7391 + phase * (places + 1)).mul_(1.5).view(sizes).to(placement.options());
}

at::Tensor Norm(int64_t columns, const Placement& placement) {
  return at::linspace(0.5, 1.5, columns, at::TensorOptions().dtype(at::kFloat)).to(placement.device);
}

at::Tensor Integers(const std::vector<int32_t>& values, const Placement& placement) {
  return at::tensor(at::ArrayRef<int32_t>(values), at::TensorOptions().dtype(at::kInt)).to(placement.device);
}

// As numbers, whatever they are held in.
at::Tensor Wide(const DeviceRows& rows) {
  const at::Tensor values = rows.values.to(at::kFloat);
  return rows.scales.defined() ? values * rows.scales : values;
}

double Apart(const at::Tensor& asked, const at::Tensor& expected) {
  const at::Tensor wanted = expected.to(at::kCPU, at::kDouble);
  return (asked.to(at::kCPU, at::kDouble) - wanted).norm().item<double>() / wanted.norm().item<double>();
}

Trial NormTrial(const RowOperations& kernels, const RowOperations& composed, const Placement& placement, bool quantised) {
  const auto by = [&placement, quantised](const RowOperations& rows) {
    return [&rows, &placement, quantised] {
      const at::Tensor residual = Wave({kRows, kColumns}, 0.1, placement);
      const DeviceRows normed = rows.AddRmsNorm(residual, Wave({kRows, kColumns}, 0.2, placement), Norm(kColumns, placement), kEps, quantised);
      return Tensors{Wide(normed), residual};
    };
  };
  return {quantised ? "add_rms_norm_quantise" : "add_rms_norm", by(kernels), by(composed), ToleranceOf(placement.dtype)};
}

RotationTable Turns(int64_t positions, int64_t head_dim, const Placement& placement) {
  const at::Tensor angles = at::arange(positions * head_dim / 2, at::TensorOptions().dtype(at::kFloat)).mul_(0.37f).view({positions, head_dim / 2});
  return {at::cos(angles).to(placement.device), at::sin(angles).to(placement.device)};
}

// Queries and keys at once, of which some are kept with their values, and each by itself.
Trial RotationTrial(const FusedRows& kernels, const RowOperations& composed, const Placement& placement, int64_t head_dim) {
  const int64_t queries = kQueryHeads * head_dim, keys = kKeyHeads * head_dim;
  std::vector<int32_t> turned, places;
  for (int32_t row = 0; row < kRows; ++row) {
    turned.push_back(row * 7 % kRows);
    places.push_back(row % 3 == 0 ? -1 : row / 3 * 2 + row % 3 - 1);
  }
  const int64_t kept = kRows / 3 * 2;
  const RotationTable table = Turns(kRows, head_dim, placement);
  const at::Tensor positions = Integers(turned, placement);
  const auto rows = [=] { return Wave({kRows, queries + 2 * keys}, 0.3, placement); };
  const at::Tensor norm = Norm(head_dim, placement), other = norm.flip(0).contiguous();
  return {head_dim <= kTriedHead ? "norm_and_rotate" : "norm_and_rotate_wide",
          [=, &kernels] {
            const at::Tensor x = rows(), memory = at::zeros({2, kept, keys}, x.options());
            kernels.NormAndRotate({x.narrow(1, 0, queries + keys), kQueryHeads, kKeyHeads, norm, other, kEps},
                                  {Integers(places, placement), memory}, table, positions, head_dim);
            return Tensors{x, memory};
          },
          [=, &composed] {
            const at::Tensor x = rows(), memory = at::zeros({2, kept, keys}, x.options());
            composed.NormAndRotate(x.narrow(1, 0, queries), norm, kEps, table, positions, head_dim);
            composed.NormAndRotate(x.narrow(1, queries, keys), other, kEps, table, positions, head_dim);
            for (int64_t row = 0; row < kRows; ++row) {
              const int64_t place = places[static_cast<size_t>(row)];
              if (place >= 0) memory.select(1, place).copy_(x[row].narrow(0, queries, 2 * keys).view({2, keys}));
            }
            return Tensors{x, memory};
          },
          ToleranceOf(placement.dtype)};
}

Trial SwigluTrial(const RowOperations& kernels, const RowOperations& composed, const Placement& placement, bool quantised) {
  const auto by = [&placement, quantised](const RowOperations& rows) {
    return [&rows, &placement, quantised] { return Tensors{Wide(rows.Swiglu(Wave({kRows, 2 * kColumns}, 0.4, placement), quantised))}; };
  };
  return {quantised ? "swiglu_quantise" : "swiglu", by(kernels), by(composed), ToleranceOf(placement.dtype)};
}

Trial QuantiseTrial(const RowOperations& kernels, const RowOperations& composed, const Placement& placement) {
  const auto by = [&placement](const RowOperations& rows) {
    return [&rows, &placement] { return Tensors{Wide(rows.Quantise(Wave({kRows, kColumns}, 0.5, placement)))}; };
  };
  return {"quantise_rows", by(kernels), by(composed), ToleranceOf(placement.dtype)};
}

Trial GatherTrial(const RowOperations& kernels, const RowOperations& composed, const Placement& placement) {
  const auto by = [&placement](const RowOperations& rows) {
    return [&rows, &placement] {
      const RowPools pools{Wave({2, 9, kColumns}, 0.6, placement), Wave({2, kRows, kColumns}, 0.7, placement)};
      const at::Tensor index = Integers({0, 8, 9, 44, 3, 10, 9}, placement);
      return Tensors{rows.GatherRows(pools, index, {}), rows.GatherRows(pools, index, Integers({4}, placement)).narrow(1, 0, 4)};
    };
  };
  return {"gather_rows", by(kernels), by(composed), 0};
}

// Some sequences behind a prefix that is kept, and what they ask and read. Each trial has numbers of its own: memory that one gave
// back may still hold its answer.
struct Attending {
  Sequences sequences;
  at::Tensor q;
  RowPools pools;
};

Attending AttendingOf(int64_t head_dim, double phase, const Placement& placement) {
  constexpr int64_t kKept = 40;
  Attending made;
  std::vector<int32_t> queries{0}, keys{0}, index;
  int64_t rows = 0;
  for (const auto& [length, prefix] : std::vector<std::pair<int64_t, int64_t>>{{59, kKept}, {1, kKept}, {70, 0}, {23, 7}}) {
    made.sequences.list.push_back({rows, length, static_cast<int64_t>(index.size()), prefix + length});
    for (int64_t key = 0; key < prefix; ++key) index.push_back(static_cast<int32_t>(key));
    for (int64_t row = 0; row < length; ++row) index.push_back(static_cast<int32_t>(kKept + rows + row));
    rows += length;
    queries.push_back(static_cast<int32_t>(rows));
    keys.push_back(static_cast<int32_t>(index.size()));
    made.sequences.max_queries = std::max(made.sequences.max_queries, length);
    made.sequences.max_keys = std::max(made.sequences.max_keys, prefix + length);
  }
  made.sequences.cumulative_queries = Integers(queries, placement);
  made.sequences.cumulative_keys = Integers(keys, placement);
  made.sequences.key_index = Integers(index, placement);
  made.q = Wave({rows, kQueryHeads * head_dim}, phase, placement);
  made.pools = {Wave({2, kKept, kKeyHeads * head_dim}, phase + 0.1, placement), Wave({2, rows, kKeyHeads * head_dim}, phase + 0.3, placement)};
  // The largest score of a query is met late: what was summed up before must then be made less.
  made.pools.own.mul_(at::linspace(0.2, 3, rows, made.pools.own.options()).view({rows, 1}));
  made.pools.kept.mul_(0.2);
  return made;
}

at::Tensor ByFlash(FlashAttention flash, const Attending& of, int64_t head_dim) {
  const at::Tensor read = at::cat({of.pools.kept, of.pools.own}, 1).index_select(1, of.sequences.key_index);
  const auto by_heads = [head_dim](const at::Tensor& x) { return x.view({x.size(0), x.size(1) / head_dim, head_dim}); };
  return flash(of.sequences, by_heads(of.q), by_heads(read.select(0, 0)), by_heads(read.select(0, 1)));
}

Trial AttentionTrial(const FusedRows& kernels, const Placement& placement, int64_t head_dim) {
  return {head_dim == 64 ? "attend_64" : "attend_128",
          [&kernels, &placement, head_dim] {
            const Attending of = AttendingOf(head_dim, kKernelPhase, placement);
            return Tensors{kernels.Attend(of.q, of.pools, of.sequences, head_dim)};
          },
          [&placement, head_dim] { return Tensors{ByFlash(AttendByGroups, AttendingOf(head_dim, kKernelPhase, placement), head_dim)}; },
          ToleranceOf(placement.dtype)};
}

}  // namespace

std::optional<std::string> Fault(const Trial& trial) {
  try {
    const Tensors asked = trial.asked(), expected = trial.expected();
    for (size_t index = 0; index < expected.size(); ++index) {
      const double apart = Apart(asked[index], expected[index]);
      if (apart <= trial.tolerance) continue;  // NaN is not
      return "differs from the operations that it stands for by " + std::to_string(apart) + ", more than " + std::to_string(trial.tolerance);
    }
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::vector<Trial> TrialsOf(const FusedRows& kernels, const RowOperations& composed, const Placement& placement) {
  std::vector<Trial> trials{NormTrial(kernels, composed, placement, false), RotationTrial(kernels, composed, placement, kTriedHead),
                            RotationTrial(kernels, composed, placement, 2 * kTriedHead), SwigluTrial(kernels, composed, placement, false),
                            GatherTrial(kernels, composed, placement)};
  for (const int64_t head_dim : {int64_t{64}, kTriedHead}) {
    if (Trial trial = AttentionTrial(kernels, placement, head_dim); kernels.Has(trial.part)) trials.push_back(std::move(trial));
  }
  if (placement.quantised) {
    trials.push_back(NormTrial(kernels, composed, placement, true));
    trials.push_back(SwigluTrial(kernels, composed, placement, true));
    trials.push_back(QuantiseTrial(kernels, composed, placement));
  }
  return trials;
}

Trial TrialOf(FlashAttention flash, const Placement& placement) {
  const auto by = [&placement](FlashAttention attend) {
    return [attend, &placement] { return Tensors{ByFlash(attend, AttendingOf(kTriedHead, kFlashPhase, placement), kTriedHead)}; };
  };
  return {"flash attention", by(flash), by(AttendByGroups), ToleranceOf(placement.dtype)};
}

Trial TrialOf(GraphMaker& maker, const Placement& placement) {
  const at::Tensor x = Wave({kRows, kColumns}, 1.2, placement), weight = Wave({64, kColumns}, 1.3, placement);
  const at::Tensor others = Wave({kRows, kColumns}, 1.4, placement);
  return {"CUDA graphs",
          [=, &maker] {
            at::Tensor products = at::mm(x, weight.t());  // what a first launch sets up cannot be recorded
            const std::unique_ptr<Graph> graph = maker.Capture([&] { products = at::mm(x, weight.t()); });
            x.copy_(others);
            graph->Replay();
            return Tensors{products.clone()};
          },
          [=] { return Tensors{at::mm(others, weight.t())}; }, ToleranceOf(placement.dtype)};
}

// Of a size that models have: the libraries choose by size. And which GPUs a libtorch multiplies on in 8 bits by row differs by its
// version: asking is surer than a list.
Trial TrialOf(QuantisedProduct product, const Placement& placement) {
  const DeviceRows x = QuantiseRows(Wave({kProductRows, kColumns}, 1.5, placement));
  const DeviceRows weight = QuantiseRows(Wave({kColumns, kColumns}, 1.6, placement));
  return {"products in 8 bits", [=] { return Tensors{MultiplyRows(product, x, weight)}; },
          [=] { return Tensors{at::mm(Wide(x), Wide(weight).t())}; }, kQuantisedTolerance};
}

}  // namespace rerank
