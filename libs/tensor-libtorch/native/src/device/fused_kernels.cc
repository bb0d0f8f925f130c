#include "fused_kernels.h"

#include <ATen/Functions.h>

#include <cmath>

namespace rerank {
namespace {

// As in the kernels.
constexpr int64_t kHeld = 2;
constexpr int64_t kWarp = 32;
constexpr int64_t kTileRows = 64;
constexpr int64_t kAttendThreads = 128;

constexpr int kSmallestAttending = 80;  // compute capability
constexpr int64_t kMostHeadThreads = 512;
constexpr int64_t kMostThreads = 256;
constexpr int64_t kGatheredVectors = 4;  // of a thread

using Element = void;
#include "arguments.cuh"

int64_t Blocks(int64_t work, int64_t each) { return (work + each - 1) / each; }

int64_t WholeWarps(int64_t threads) { return Blocks(threads, kWarp) * kWarp; }

int Stride(const at::Tensor& rows) { return static_cast<int>(rows.stride(-2)); }

long long Plane(const at::Tensor& planes) { return static_cast<long long>(planes.stride(0)); }

int Int(int64_t number) { return static_cast<int>(number); }

float Share(int64_t columns) { return 1.0f / static_cast<float>(columns); }

void* DataOf(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr() : nullptr; }

const int* IntsOf(const at::Tensor& tensor) { return static_cast<const int*>(DataOf(tensor)); }

int LogarithmOf(int64_t power) {
  int logarithm = 0;
  while (int64_t{1} << logarithm < power) ++logarithm;
  return logarithm;
}

DeviceRows EmptyRows(const at::Tensor& like, int64_t columns, bool quantised) {
  const int64_t rows = like.size(0);
  if (quantised) return EmptyQuantised(rows, columns, like.device());
  return {at::empty({rows, columns}, like.options()), {}};
}

}  // namespace

std::vector<std::string> KernelOptions(at::ScalarType dtype) {
  return {dtype == at::kFloat ? "-DELEMENT_BITS=32" : "-DELEMENT_BITS=16",
          dtype == at::kBFloat16 ? "-DELEMENT_BFLOAT=1" : "-DELEMENT_BFLOAT=0"};
}

FusedRows::FusedRows(const Placement& placement, int architecture, void* stream)
    : dtype_(placement.dtype), width_(16 / placement.element_bytes()), stream_(stream) {
  const std::string image = CompileCuda(KernelSource(), "sm_" + std::to_string(architecture), KernelOptions(dtype_));
  driver_.Check(driver_.load_module(&module_, image.data()), "the kernels cannot be loaded");
  const auto find = [&](Kernel& kernel) {
    driver_.Check(driver_.module_function(&kernel.function, module_, kernel.name), kernel.name);
  };
  for (Kernel* kernel : {&add_rms_norm_, &norm_and_rotate_, &norm_and_rotate_wide_, &swiglu_, &gather_rows_}) find(*kernel);
  if (dtype_ != at::kFloat && architecture >= kSmallestAttending) {
    for (Kernel* kernel : {&attend_64_, &attend_128_}) find(*kernel);
  }
  if (architecture < kSmallestE4m3) return;
  for (Kernel* kernel : {&quantise_rows_, &add_rms_norm_quantise_, &swiglu_quantise_}) find(*kernel);
}

FusedRows::~FusedRows() {
  if (module_ != nullptr) driver_.unload_module(module_);
}

std::vector<FusedRows::Kernel*> FusedRows::All() {
  return {&add_rms_norm_, &norm_and_rotate_, &norm_and_rotate_wide_, &swiglu_,                &gather_rows_,
          &attend_64_,    &attend_128_,      &quantise_rows_,        &add_rms_norm_quantise_, &swiglu_quantise_};
}

void FusedRows::SwitchOff(const std::string& name) {
  for (Kernel* kernel : All()) {
    if (kernel->name == name) kernel->function = nullptr;
  }
}

at::Tensor FusedRows::Embed(const at::Tensor& table, const at::Tensor& index) const {
  return GatherRows({{}, table.unsqueeze(0)}, index, {}).squeeze(0);
}

DeviceRows FusedRows::AddRmsNorm(const at::Tensor& residual, const at::Tensor& delta, const at::Tensor& weight, float eps,
                                 bool quantised) const {
  const int64_t columns = residual.size(1);
  const DeviceRows out = EmptyRows(residual, columns, quantised);
  const auto launch = [&](const Kernel& kernel, auto second) {
    Launch(kernel, {residual.size(0)}, RowThreads(columns), DataOf(residual), Stride(residual), DataOf(delta),
           delta.defined() ? Stride(delta) : 0, DataOf(weight), eps, Share(columns), Int(columns), DataOf(out.values), second);
  };
  if (quantised) launch(add_rms_norm_quantise_, DataOf(out.scales));
  else launch(add_rms_norm_, Stride(out.values));
  return out;
}

void FusedRows::NormAndRotate(const at::Tensor& x, const at::Tensor& weight, float eps, const RotationTable& table,
                              const at::Tensor& positions, int64_t head_dim) const {
  NormAndRotate({x, x.size(1) / head_dim, 0, weight, {}, eps}, {}, table, positions, head_dim);
}

void FusedRows::NormAndRotate(const HeadRows& heads, const KeptRows& kept, const RotationTable& table,
                              const at::Tensor& positions, int64_t head_dim) const {
  const bool keeps = kept.places.defined();
  // Values are only written where they are kept.
  const int64_t count = heads.queries + heads.keys + (keeps ? heads.keys : 0);
  const int64_t lanes = head_dim <= 128 ? 16 : 32;
  const int64_t pieces = Blocks(count * lanes, kMostHeadThreads);
  Keeping keeping{};
  if (keeps) keeping = {IntsOf(kept.places), DataOf(kept.memory), Plane(kept.memory), Stride(kept.memory)};
  Launch(RotationOf(head_dim), {heads.rows.size(0), pieces}, WholeWarps(Blocks(count, pieces) * lanes),
         Heads{DataOf(heads.rows), Stride(heads.rows), Int(heads.queries), Int(heads.keys)}, keeping, DataOf(heads.query_norm),
         DataOf(heads.key_norm), heads.eps, Share(head_dim), DataOf(table.cosines), DataOf(table.sines), DataOf(positions),
         Int(count), Int(head_dim));
}

DeviceRows FusedRows::Swiglu(const at::Tensor& gate_up, bool quantised) const {
  const int64_t rows = gate_up.size(0), columns = gate_up.size(1) / 2, vectors = columns / width_;
  const DeviceRows out = EmptyRows(gate_up, columns, quantised);
  if (quantised) {
    Launch(swiglu_quantise_, {rows}, RowThreads(columns), DataOf(gate_up), Stride(gate_up), Int(columns), DataOf(out.values),
           DataOf(out.scales));
  } else {
    const int64_t pieces = Blocks(vectors, kMostThreads);
    Launch(swiglu_, {rows, pieces}, WholeWarps(Blocks(vectors, pieces)), DataOf(gate_up), Stride(gate_up), Int(columns),
           DataOf(out.values));
  }
  return out;
}

at::Tensor FusedRows::GatherRows(const RowPools& pools, const at::Tensor& index, const at::Tensor& wanted) const {
  const at::Tensor& own = pools.own;
  const at::Tensor& kept = pools.kept.defined() ? pools.kept : own;
  const int64_t rows = index.size(0), columns = own.size(2);
  const at::Tensor out = at::empty({own.size(0), rows, columns}, own.options());
  const Grid grid{Blocks(rows, kMostThreads / kWarp), own.size(0), Blocks(columns / width_, kGatheredVectors * kWarp)};
  Launch(gather_rows_, grid, kMostThreads, DataOf(kept), Stride(kept), Plane(kept),
         Int(pools.kept.defined() ? kept.size(1) : 0), DataOf(own), Stride(own), Plane(own), DataOf(index), Int(rows),
         DataOf(wanted), Int(columns), DataOf(out));
  return out;
}

DeviceRows FusedRows::Quantise(const at::Tensor& x) const {
  const int64_t columns = x.size(1);
  const DeviceRows out = EmptyRows(x, columns, true);
  Launch(quantise_rows_, {x.size(0)}, RowThreads(columns), DataOf(x), Stride(x), Int(columns), DataOf(out.values),
         DataOf(out.scales));
  return out;
}

at::Tensor FusedRows::Attend(const at::Tensor& q, const RowPools& pools, const Sequences& sequences, int64_t head_dim) const {
  const at::Tensor& own = pools.own;
  const at::Tensor& kept = pools.kept.defined() ? pools.kept : own;
  const int64_t group = q.size(1) / own.size(2);
  // Rows of no sequence are not written. On a CPU a product may read past the rows that it writes, and weigh what it finds with zero.
  const at::Tensor out = q.is_cpu() ? at::zeros({q.size(0), q.size(1)}, q.options()) : at::empty({q.size(0), q.size(1)}, q.options());
  Attention of{};
  of.queries = DataOf(q), of.kept = DataOf(kept), of.own = DataOf(own), of.out = DataOf(out);
  of.first_query = IntsOf(sequences.cumulative_queries), of.first_key = IntsOf(sequences.cumulative_keys);
  of.index = IntsOf(sequences.key_index);
  of.kept_plane = Plane(kept), of.own_plane = Plane(own);
  of.query_stride = Stride(q), of.kept_stride = Stride(kept), of.own_stride = Stride(own), of.out_stride = Stride(out);
  of.kept_rows = pools.kept.defined() ? Int(kept.size(1)) : 0;
  of.shift = LogarithmOf(group);
  of.scale = static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(head_dim)));
  const Grid grid{Blocks(sequences.max_queries * group, kTileRows), own.size(2) / head_dim,
                  sequences.cumulative_queries.size(0) - 1};
  Launch(AttentionOf(head_dim), grid, kAttendThreads, of);
  return out;
}

template <typename... Arguments>
void FusedRows::Launch(const Kernel& kernel, const Grid& grid, int64_t threads, Arguments... arguments) const {
  if (grid.x == 0 || grid.z == 0) return;
  void* pointers[] = {static_cast<void*>(&arguments)...};
  const auto size = [](int64_t count) { return static_cast<unsigned>(count); };
  driver_.Check(driver_.launch(kernel.function, size(grid.x), size(grid.y), size(grid.z), size(threads), 1, 1, 0, stream_,
                               pointers, nullptr),
                "a kernel cannot be launched");
}

// Of a block that has a row.
unsigned FusedRows::RowThreads(int64_t columns) const {
  return static_cast<unsigned>(WholeWarps(Blocks(columns / width_, kHeld)));
}

}  // namespace rerank
