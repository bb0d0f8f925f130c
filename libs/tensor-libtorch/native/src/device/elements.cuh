// Elements of the format that kernels are compiled for, in vectors, and what a warp or a block makes of one number a thread. Its
// text stands before that of fused.cu, for NVRTC has no folder of headers. -DELEMENT_BITS=16 -DELEMENT_BFLOAT=1 is bfloat16, 16 and
// 0 is float16, 32 is float32.

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

struct Sum {
  static __device__ __forceinline__ float Of(float a, float b) { return a + b; }
};

// Of values that are not negative.
struct Maximum {
  static __device__ __forceinline__ float Of(float a, float b) { return fmaxf(a, b); }
};

template <typename Operation>
__device__ __forceinline__ float OverWarp(float value) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2)
    value = Operation::Of(value, __shfl_xor_sync(kAllLanes, value, distance));
  return value;
}

// Over a block of whole warps, in every thread.
template <typename Operation>
__device__ __forceinline__ float OverBlock(float value) {
  __shared__ float partial[kWarp];
  const int lane = threadIdx.x % kWarp;
  const int warps = blockDim.x / kWarp;
  __syncthreads();  // The last one of the same kind may still be read.
  value = OverWarp<Operation>(value);
  if (lane == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  return OverWarp<Operation>(lane < warps ? partial[lane] : 0.0f);
}
