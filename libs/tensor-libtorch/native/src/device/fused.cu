// The row operations as one kernel each. Compiled at start by NVRTC for the GPU that is there, hence no header of CUDA's;
// nvcc compiles it too. -DELEMENT_BITS=16 -DELEMENT_BFLOAT=1 is bfloat16, 16 and 0 is float16, 32 is float32.
// Statistics, rotations and gates are float32; a result is rounded once. Columns are multiples of kWidth, rows begin on
// 16 bytes: the caller checks both.

#if ELEMENT_BITS == 32
typedef float Element;
#else
typedef unsigned short Element;
#endif

constexpr int kWidth = 16 / sizeof(Element);  // elements of one load
constexpr int kHeld = 4;                      // loads that a thread keeps in registers between its two looks at a row
constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

struct alignas(16) Vector {
  Element element[kWidth];
};

struct alignas(2 * sizeof(Element)) Pair {
  Element element[2];
};

__device__ __forceinline__ float ToFloat(Element value) {
#if ELEMENT_BITS == 32
  return value;
#elif ELEMENT_BFLOAT
  return __uint_as_float(static_cast<unsigned>(value) << 16);
#else
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(value));
  return wide;
#endif
}

// To nearest, ties to even.
__device__ __forceinline__ Element ToElement(float value) {
#if ELEMENT_BITS == 32
  return value;
#else
  Element narrow;
#if ELEMENT_BFLOAT
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(narrow) : "f"(value));
#else
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(narrow) : "f"(value));
#endif
  return narrow;
#endif
}

__device__ __forceinline__ float WarpSum(float value) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) value += __shfl_xor_sync(kAllLanes, value, distance);
  return value;
}

// The sum over a block of whole warps, in every thread.
__device__ __forceinline__ float BlockSum(float value) {
  __shared__ float partial[kWarp];
  const int lane = threadIdx.x % kWarp;
  const int warps = blockDim.x / kWarp;
  value = WarpSum(value);
  if (lane == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  return WarpSum(lane < warps ? partial[lane] : 0.0f);
}

// One block a row. With `delta`: residual += delta. out = residual * rsqrt(mean(residual^2) + eps) * weight.
extern "C" __global__ void __launch_bounds__(256)
    add_rms_norm(Element* residual, long long residual_stride, const Element* delta, long long delta_stride,
                 const float* weight, float eps, int columns, Element* out, long long out_stride) {
  Vector* row = reinterpret_cast<Vector*>(residual + blockIdx.x * residual_stride);
  const Vector* added = reinterpret_cast<const Vector*>(delta + blockIdx.x * delta_stride);
  Vector* normed = reinterpret_cast<Vector*>(out + blockIdx.x * out_stride);
  const int vectors = columns / kWidth;
  Vector held[kHeld];
  float sum = 0.0f;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    const int index = threadIdx.x + k * blockDim.x;
    if (index >= vectors) continue;
    held[k] = row[index];
    if (delta != nullptr) {
      const Vector change = added[index];
#pragma unroll
      for (int j = 0; j < kWidth; ++j)
        held[k].element[j] = ToElement(ToFloat(held[k].element[j]) + ToFloat(change.element[j]));
      row[index] = held[k];
    }
#pragma unroll
    for (int j = 0; j < kWidth; ++j) sum += ToFloat(held[k].element[j]) * ToFloat(held[k].element[j]);
  }
  const float scale = rsqrtf(BlockSum(sum) / columns + eps);
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    const int index = threadIdx.x + k * blockDim.x;
    if (index >= vectors) continue;
    Vector result;
#pragma unroll
    for (int j = 0; j < kWidth; ++j)
      result.element[j] = ToElement(ToFloat(held[k].element[j]) * scale * weight[index * kWidth + j]);
    normed[index] = result;
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
  const float scale = rsqrtf(WarpSum(sum) / head_dim + eps);
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

// out [rows, columns] = silu(gate) * up, where a row of gate_up is [gate | up].
extern "C" __global__ void __launch_bounds__(256)
    swiglu(const Element* gate_up, long long stride, int rows, int columns, Element* out) {
  const int vectors = columns / kWidth;
  const long long index = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= static_cast<long long>(rows) * vectors) return;
  const long long row = index / vectors;
  const int place = static_cast<int>(index % vectors);
  const Vector gate = reinterpret_cast<const Vector*>(gate_up + row * stride)[place];
  const Vector up = reinterpret_cast<const Vector*>(gate_up + row * stride + columns)[place];
  Vector result;
#pragma unroll
  for (int j = 0; j < kWidth; ++j) {
    const float value = ToFloat(gate.element[j]);
    result.element[j] = ToElement(value / (1.0f + expf(-value)) * ToFloat(up.element[j]));
  }
  reinterpret_cast<Vector*>(out)[index] = result;
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

// Of values that are not negative.
__device__ __forceinline__ float WarpMaximum(float value) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, distance));
  return value;
}

__device__ __forceinline__ float BlockMaximum(float value) {
  __shared__ float partial[kWarp];
  const int lane = threadIdx.x % kWarp;
  const int warps = blockDim.x / kWarp;
  value = WarpMaximum(value);
  if (lane == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  return WarpMaximum(lane < warps ? partial[lane] : 0.0f);
}

// kWidth numbers of 8 bits.
struct alignas(kWidth) Narrow {
  unsigned short pair[kWidth / 2];
};

// One block a row: scale = the row's largest magnitude / 448, out = row / scale in e4m3, to nearest, ties to even. The second
// look at the row comes from the cache.
extern "C" __global__ void __launch_bounds__(256)
    quantise_rows(const Element* x, long long stride, int columns, unsigned char* out, float* scales) {
  constexpr float kLargest = 448.0f;
  const Vector* row = reinterpret_cast<const Vector*>(x + blockIdx.x * stride);
  Narrow* narrow = reinterpret_cast<Narrow*>(out + static_cast<long long>(blockIdx.x) * columns);
  const int vectors = columns / kWidth;
  float largest = 0.0f;
  for (int index = threadIdx.x; index < vectors; index += blockDim.x) {
    const Vector wide = row[index];
#pragma unroll
    for (int j = 0; j < kWidth; ++j) largest = fmaxf(largest, fabsf(ToFloat(wide.element[j])));
  }
  largest = fmaxf(BlockMaximum(largest), 1e-12f);
  if (threadIdx.x == 0) scales[blockIdx.x] = largest / kLargest;
  const float inverse = kLargest / largest;
  for (int index = threadIdx.x; index < vectors; index += blockDim.x) {
    const Vector wide = row[index];
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

#endif
