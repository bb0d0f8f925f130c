// The row operations as one kernel each. Compiled at start by NVRTC for the GPU that is there, behind elements.cuh, hence no header
// of CUDA's; nvcc compiles it too. Statistics, rotations and gates are float32; a result is rounded once. Columns are multiples of
// kWidth, rows begin on 16 bytes: the caller checks both.

// row += added, unless there is nothing to add. Answers rsqrt(mean(row^2) + eps), in every thread of the row's block.
__device__ __forceinline__ float AddToRow(Vector* row, const Vector* added, int columns, float eps, Vector (&held)[kHeld]) {
  const int vectors = columns / kWidth;
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    const int index = threadIdx.x + k * blockDim.x;
    if (index >= vectors) continue;
    held[k] = row[index];
    if (added != nullptr) {
      const Vector change = added[index];
#pragma unroll
      for (int j = 0; j < kWidth; ++j)
        held[k].element[j] = ToElement(ToFloat(held[k].element[j]) + ToFloat(change.element[j]));
      row[index] = held[k];
    }
#pragma unroll
    for (int j = 0; j < kWidth; ++j) sum += ToFloat(held[k].element[j]) * ToFloat(held[k].element[j]);
  }
  return rsqrtf(OverBlock<Sum>(sum) / columns + eps);
}

__device__ __forceinline__ Vector Normed(const Vector& wide, float scale, const float* weight) {
  Vector result;
#pragma unroll
  for (int j = 0; j < kWidth; ++j) result.element[j] = ToElement(ToFloat(wide.element[j]) * scale * weight[j]);
  return result;
}

__device__ __forceinline__ const Vector* RowOf(const Element* rows, long long stride) {
  return rows == nullptr ? nullptr : reinterpret_cast<const Vector*>(rows + blockIdx.x * stride);
}

// One block a row. With `delta`: residual += delta. out = residual * rsqrt(mean(residual^2) + eps) * weight.
extern "C" __global__ void __launch_bounds__(256)
    add_rms_norm(Element* residual, long long residual_stride, const Element* delta, long long delta_stride,
                 const float* weight, float eps, int columns, Element* out, long long out_stride) {
  Vector* row = reinterpret_cast<Vector*>(residual + blockIdx.x * residual_stride);
  Vector* normed = reinterpret_cast<Vector*>(out + blockIdx.x * out_stride);
  Vector held[kHeld];
  const float scale = AddToRow(row, RowOf(delta, delta_stride), columns, eps, held);
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    const int index = threadIdx.x + k * blockDim.x;
    if (index < columns / kWidth) normed[index] = Normed(held[k], scale, weight + index * kWidth);
  }
}

// One warp a head, in place: norm, then [x1, x2] -> [x1 c - x2 s, x2 c + x1 s] by the row's position. head_dim is a
// multiple of 4, at most 256; cosines and sines are [positions, head_dim / 2].
extern "C" __global__ void __launch_bounds__(128)
    norm_and_rotate(Element* x, long long stride, const float* weight, float eps, const float* cosines,
                    const float* sines, const int* positions, int rows, int heads, int head_dim) {
  constexpr int kPairs = 2;
  const long long index = static_cast<long long>(blockIdx.x) * (blockDim.x / kWarp) + threadIdx.x / kWarp;
  if (index >= static_cast<long long>(rows) * heads) return;
  const long long row = index / heads;
  const int half = head_dim / 2;
  const int lane = threadIdx.x % kWarp;
  Element* head = x + row * stride + index % heads * head_dim;
  Pair* first = reinterpret_cast<Pair*>(head);
  Pair* second = reinterpret_cast<Pair*>(head + half);
  Pair low[kPairs], high[kPairs];
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kPairs; ++k) {
    const int pair = lane + k * kWarp;
    if (2 * pair >= half) continue;
    low[k] = first[pair];
    high[k] = second[pair];
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      sum += ToFloat(low[k].element[j]) * ToFloat(low[k].element[j]);
      sum += ToFloat(high[k].element[j]) * ToFloat(high[k].element[j]);
    }
  }
  const float scale = rsqrtf(OverWarp<Sum>(sum) / head_dim + eps);
  const long long turn = static_cast<long long>(positions[row]) * half;
#pragma unroll
  for (int k = 0; k < kPairs; ++k) {
    const int pair = lane + k * kWarp;
    if (2 * pair >= half) continue;
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const int place = 2 * pair + j;
      const float a = ToFloat(low[k].element[j]) * scale * weight[place];
      const float b = ToFloat(high[k].element[j]) * scale * weight[place + half];
      const float c = cosines[turn + place];
      const float s = sines[turn + place];
      low[k].element[j] = ToElement(a * c - b * s);
      high[k].element[j] = ToElement(b * c + a * s);
    }
    first[pair] = low[k];
    second[pair] = high[k];
  }
}

// silu(gate) * up, where a row of gate_up is [gate | up].
__device__ __forceinline__ Vector Gated(const Element* gate_up, int columns, int place) {
  const Vector gate = reinterpret_cast<const Vector*>(gate_up)[place];
  const Vector up = reinterpret_cast<const Vector*>(gate_up + columns)[place];
  Vector result;
#pragma unroll
  for (int j = 0; j < kWidth; ++j) {
    const float value = ToFloat(gate.element[j]);
    result.element[j] = ToElement(value / (1.0f + expf(-value)) * ToFloat(up.element[j]));
  }
  return result;
}

// [rows, 2 columns] -> out [rows, columns].
extern "C" __global__ void __launch_bounds__(256)
    swiglu(const Element* gate_up, long long stride, int rows, int columns, Element* out) {
  const int vectors = columns / kWidth;
  const long long index = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= static_cast<long long>(rows) * vectors) return;
  reinterpret_cast<Vector*>(out)[index] = Gated(gate_up + index / vectors * stride, columns, static_cast<int>(index % vectors));
}

// out[plane][i] = index[i] < kept_rows ? kept[plane][index[i]] : own[plane][index[i] - kept_rows]; blockIdx.y is the plane.
extern "C" __global__ void __launch_bounds__(256)
    gather_rows(const Element* kept, long long kept_stride, long long kept_plane, int kept_rows, const Element* own,
                long long own_stride, long long own_plane, const int* index, int rows, int columns, Element* out) {
  const int vectors = columns / kWidth;
  const long long place = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (place >= static_cast<long long>(rows) * vectors) return;
  const long long row = place / vectors;
  const int wanted = index[row];
  const Element* source = wanted < kept_rows ? kept + blockIdx.y * kept_plane + wanted * kept_stride
                                             : own + blockIdx.y * own_plane + (wanted - kept_rows) * own_stride;
  Vector* target = reinterpret_cast<Vector*>(out + static_cast<long long>(blockIdx.y) * rows * columns);
  target[place] = reinterpret_cast<const Vector*>(source)[place % vectors];
}

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 890  // Older GPUs have no e4m3.

// kWidth numbers of 8 bits.
struct alignas(kWidth) Narrow {
  unsigned short pair[kWidth / 2];
};

// For a block: a row of which source(i) answers vector i, twice. scale = its largest magnitude / 448, out = row / scale in e4m3,
// to nearest, ties to even.
template <typename Source>
__device__ __forceinline__ void QuantiseRow(const Source& source, int columns, unsigned char* out, float* scales) {
  constexpr float kLargest = 448.0f;
  Narrow* narrow = reinterpret_cast<Narrow*>(out + static_cast<long long>(blockIdx.x) * columns);
  const int vectors = columns / kWidth;
  float largest = 0.0f;
  for (int index = threadIdx.x; index < vectors; index += blockDim.x) {
    const Vector wide = source(index);
#pragma unroll
    for (int j = 0; j < kWidth; ++j) largest = fmaxf(largest, fabsf(ToFloat(wide.element[j])));
  }
  largest = fmaxf(OverBlock<Maximum>(largest), 1e-12f);
  if (threadIdx.x == 0) scales[blockIdx.x] = largest / kLargest;
  const float inverse = kLargest / largest;
  for (int index = threadIdx.x; index < vectors; index += blockDim.x) {
    const Vector wide = source(index);
    Narrow result;
#pragma unroll
    for (int j = 0; j < kWidth / 2; ++j) {
      const float low = ToFloat(wide.element[2 * j]) * inverse;
      const float high = ToFloat(wide.element[2 * j + 1]) * inverse;
      asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(result.pair[j]) : "f"(high), "f"(low));
    }
    narrow[index] = result;
  }
}

// One block a row, in each of these three; the second look at a row comes from the cache.
extern "C" __global__ void __launch_bounds__(256)
    quantise_rows(const Element* x, long long stride, int columns, unsigned char* out, float* scales) {
  const Vector* row = RowOf(x, stride);
  QuantiseRow([row](int index) { return row[index]; }, columns, out, scales);
}

// add_rms_norm, whose result is read by products in 8 bits only.
extern "C" __global__ void __launch_bounds__(256)
    add_rms_norm_quantise(Element* residual, long long residual_stride, const Element* delta, long long delta_stride,
                          const float* weight, float eps, int columns, unsigned char* out, float* scales) {
  Vector* row = reinterpret_cast<Vector*>(residual + blockIdx.x * residual_stride);
  Vector held[kHeld];
  const float scale = AddToRow(row, RowOf(delta, delta_stride), columns, eps, held);
  QuantiseRow([=](int index) { return Normed(row[index], scale, weight + index * kWidth); }, columns, out, scales);
}

// swiglu, whose result is read by a product in 8 bits only.
extern "C" __global__ void __launch_bounds__(256)
    swiglu_quantise(const Element* gate_up, long long stride, int columns, unsigned char* out, float* scales) {
  const Element* row = gate_up + blockIdx.x * stride;
  QuantiseRow([=](int index) { return Gated(row, columns, index); }, columns, out, scales);
}

#endif
