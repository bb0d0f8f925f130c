// The row operations as one kernel each. Compiled at start by NVRTC for the GPU that is there, behind elements.cuh, hence no header
// of CUDA's; nvcc compiles it too. Statistics, rotations and gates are float32; a result is rounded once. Columns are multiples of
// kWidth, rows begin on 16 bytes: the caller checks both. No kernel has a loop or a division of integers: how many instructions
// there are is what a warp issues at most, and `npm run check -- kernels` counts them.

// Of a block that has a row: this thread's vectors are threadIdx.x + k * blockDim.x for k < kHeld. Those beyond the row are zeros.
struct Part {
  float value[kHeld][kWidth];
};

__device__ __forceinline__ bool IsInRow(int k, int columns, int* index) {
  *index = threadIdx.x + k * blockDim.x;
  return *index < columns / kWidth;
}

__device__ __forceinline__ const Vector* RowOf(const Element* rows, int stride) {
  return reinterpret_cast<const Vector*>(rows + static_cast<long long>(blockIdx.x) * stride);
}

__device__ __forceinline__ Vector* RowOf(Element* rows, int stride) {
  return reinterpret_cast<Vector*>(rows + static_cast<long long>(blockIdx.x) * stride);
}

// row += added, unless there is nothing to add. Answers the row, normed.
__device__ __forceinline__ Part AddAndNorm(Vector* row, const Vector* added, const float* weight, float eps, float share, int columns) {
  Part part = {};
  float weights[kHeld][kWidth];
  int index;
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    if (!IsInRow(k, columns, &index)) continue;
    Unpack(Load<Vector>(row + index), part.value[k]);
    LoadFloats(weight + index * kWidth, weights[k]);
    if (added != nullptr) {
      float change[kWidth];
      Unpack(Load<Vector>(added + index), change);
#pragma unroll
      for (int j = 0; j < kWidth; ++j) change[j] += part.value[k][j];
      const Vector changed = Rounded(change);
      row[index] = changed;
      Unpack(changed, part.value[k]);
    }
#pragma unroll
    for (int j = 0; j < kWidth; ++j) sum += part.value[k][j] * part.value[k][j];
  }
  const float scale = ReciprocalRoot(OverBlock<Sum>(sum) * share + eps);
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    if (!IsInRow(k, columns, &index)) continue;
#pragma unroll
    for (int j = 0; j < kWidth; ++j) part.value[k][j] *= scale * weights[k][j];
  }
  return part;
}

// One block a row. With `delta`: residual += delta. out = residual * rsqrt(mean(residual^2) + eps) * weight; share = 1 / columns.
extern "C" __global__ void __launch_bounds__(1024)
    add_rms_norm(Element* residual, int residual_stride, const Element* delta, int delta_stride, const float* weight, float eps,
                 float share, int columns, Element* out, int out_stride) {
  const Vector* added = delta == nullptr ? nullptr : RowOf(delta, delta_stride);
  const Part part = AddAndNorm(RowOf(residual, residual_stride), added, weight, eps, share, columns);
  Vector* normed = RowOf(out, out_stride);
  int index;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    if (IsInRow(k, columns, &index)) normed[index] = Rounded(part.value[k]);
  }
}

// kLanes threads a head, each with 4 columns of its first half and the 4 that they turn with. Queries and keys: norm, then
// [x1, x2] -> [x1 c - x2 s, x2 c + x1 s] by the row's position, in place; keys and values go where they are kept besides. cosines and
// sines are [positions, head_dim / 2], share = 1 / head_dim.
template <int kLanes>
__device__ __forceinline__ void NormAndRotate(const Heads& heads, const Keeping& keeping, const float* query_weight,
                                              const float* key_weight, float eps, float share, const float* cosines,
                                              const float* sines, const int* positions, int count, int head_dim) {
  const int head = blockIdx.y * (blockDim.x / kLanes) + threadIdx.x / kLanes;
  const int row = blockIdx.x, half = head_dim / 2, column = threadIdx.x % kLanes * 4;
  const bool inside = head < count && column < half, turns = inside && head < heads.queries + heads.keys;
  Element* first = heads.first + static_cast<long long>(row) * heads.stride + head * head_dim + column;
  Packed<4> low = {}, high = {};
  if (inside) {
    low = Load<Packed<4>>(first);
    high = Load<Packed<4>>(first + half);
  }
  FourFloats low_weight = {}, high_weight = {}, cosine = {}, sine = {};
  if (turns) {
    const float* weight = (head < heads.queries ? query_weight : key_weight) + column;
    const int turn = positions[row] * half + column;
    low_weight = Load<FourFloats>(weight);
    high_weight = Load<FourFloats>(weight + half);
    cosine = Load<FourFloats>(cosines + turn);
    sine = Load<FourFloats>(sines + turn);
  }
  float a[4], b[4];
  Unpack(low, a);
  Unpack(high, b);
  float sum = 0.0f;
#pragma unroll
  for (int j = 0; j < 4; ++j) sum += a[j] * a[j] + b[j] * b[j];
  const float scale = ReciprocalRoot(OverLanes<Sum, kLanes>(sum) * share + eps);
  if (turns) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const float x = a[j] * (scale * low_weight.value[j]), y = b[j] * (scale * high_weight.value[j]);
      a[j] = x * cosine.value[j] - y * sine.value[j];
      b[j] = y * cosine.value[j] + x * sine.value[j];
    }
    low = Rounded(a);
    high = Rounded(b);
    *reinterpret_cast<Packed<4>*>(first) = low;
    *reinterpret_cast<Packed<4>*>(first + half) = high;
  }
  if (keeping.places == nullptr || head < heads.queries || !inside) return;
  const int place = keeping.places[row];
  if (place < 0) return;
  const bool is_value = head >= heads.queries + heads.keys;
  const int kept_head = head - heads.queries - (is_value ? heads.keys : 0);
  Element* kept = keeping.first + (is_value ? keeping.plane : 0) + static_cast<long long>(place) * keeping.columns + kept_head * head_dim;
  *reinterpret_cast<Packed<4>*>(kept + column) = low;
  *reinterpret_cast<Packed<4>*>(kept + column + half) = high;
}

// head_dim is a multiple of 8, at most 128. blockIdx.x is the row, blockIdx.y a block of its heads.
extern "C" __global__ void __launch_bounds__(512)
    norm_and_rotate(Heads heads, Keeping keeping, const float* query_weight, const float* key_weight, float eps, float share,
                    const float* cosines, const float* sines, const int* positions, int count, int head_dim) {
  NormAndRotate<16>(heads, keeping, query_weight, key_weight, eps, share, cosines, sines, positions, count, head_dim);
}

// The same, with a head_dim of at most 256.
extern "C" __global__ void __launch_bounds__(512)
    norm_and_rotate_wide(Heads heads, Keeping keeping, const float* query_weight, const float* key_weight, float eps, float share,
                         const float* cosines, const float* sines, const int* positions, int count, int head_dim) {
  NormAndRotate<32>(heads, keeping, query_weight, key_weight, eps, share, cosines, sines, positions, count, head_dim);
}

// silu(gate) * up, where a row of gate_up is [gate | up].
__device__ __forceinline__ Vector Gated(const Vector* gate_up, int columns, int index) {
  float gate[kWidth], up[kWidth];
  Unpack(Load<Vector>(gate_up + index), gate);
  Unpack(Load<Vector>(gate_up + index + columns / kWidth), up);
#pragma unroll
  for (int j = 0; j < kWidth; ++j) up[j] *= gate[j] * Reciprocal(1.0f + PowerOfTwo(gate[j] * -kLog2E));
  return Rounded(up);
}

// [rows, 2 columns] -> out [rows, columns]. blockIdx.x is the row, blockIdx.y a block of its columns.
extern "C" __global__ void __launch_bounds__(256)
    swiglu(const Element* gate_up, int stride, int columns, Element* out) {
  const int index = blockIdx.y * blockDim.x + threadIdx.x;
  if (index < columns / kWidth) RowOf(out, columns)[index] = Gated(RowOf(gate_up, stride), columns, index);
}

// out[plane][i] = index[i] < kept_rows ? kept[plane][index[i]] : own[plane][index[i] - kept_rows]. One warp for 4 vectors a thread of a
// row; blockIdx.y is the plane, blockIdx.z a piece of its columns. Only the first `wanted` rows where that is given.
extern "C" __global__ void __launch_bounds__(256)
    gather_rows(const Element* kept, int kept_stride, long long kept_plane, int kept_rows, const Element* own, int own_stride,
                long long own_plane, const int* index, int rows, const int* wanted, int columns, Element* out) {
  constexpr int kVectors = 4;
  const int row = blockIdx.x * (blockDim.x / kWarp) + threadIdx.x / kWarp;
  if (row >= (wanted == nullptr ? rows : *wanted)) return;
  const int place = index[row];
  const bool is_kept = place < kept_rows;
  const Element* source = is_kept ? kept + blockIdx.y * kept_plane : own + blockIdx.y * own_plane;
  source += static_cast<long long>(is_kept ? place : place - kept_rows) * (is_kept ? kept_stride : own_stride);
  Element* target = out + (static_cast<long long>(blockIdx.y) * rows + row) * columns;
  const int first = blockIdx.z * kVectors * kWarp + threadIdx.x % kWarp;
  Vector held[kVectors];
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    if (first + k * kWarp < columns / kWidth) held[k] = reinterpret_cast<const Vector*>(source)[first + k * kWarp];
  }
#pragma unroll
  for (int k = 0; k < kVectors; ++k) {
    if (first + k * kWarp < columns / kWidth) reinterpret_cast<Vector*>(target)[first + k * kWarp] = held[k];
  }
}
