// Elements of the format that kernels are compiled for, several in a register, and what a warp or a block makes of one number a
// thread. Its text stands before that of the kernels, for NVRTC has no folder of headers. -DELEMENT_BITS=16 -DELEMENT_BFLOAT=1 is
// bfloat16, 16 and 0 is float16, 32 is float32.

#if ELEMENT_BITS == 32
typedef float Element;
#else
typedef unsigned short Element;
#endif

constexpr int kWidth = 16 / sizeof(Element);  // elements of the widest load
constexpr int kHeld = 2;                      // such loads of a row that a thread keeps in registers
constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

// Two elements of 16 bits share a register.
template <int kCount>
struct alignas(kCount * sizeof(Element)) Packed {
  static constexpr int kWords = kCount * sizeof(Element) / 4;
  unsigned word[kWords];
};

typedef Packed<kWidth> Vector;

// What a table or a weight gives in one load.
struct alignas(16) FourFloats {
  float value[4];
};

// A read of all of it at once: what is taken apart where it is read, the compiler reads piece by piece.
template <typename Whole>
__device__ __forceinline__ Whole Load(const void* from) {
  static_assert(sizeof(Whole) == 16 || sizeof(Whole) == 8, "as wide as a load");
  if constexpr (sizeof(Whole) == 16) {
    union {
      uint4 words;
      Whole whole;
    } read = {*static_cast<const uint4*>(from)};
    return read.whole;
  } else {
    union {
      uint2 words;
      Whole whole;
    } read = {*static_cast<const uint2*>(from)};
    return read.whole;
  }
}

template <int kCount>
__device__ __forceinline__ void Unpack(const Packed<kCount>& packed, float (&values)[kCount]) {
#pragma unroll
  for (int index = 0; index < Packed<kCount>::kWords; ++index) {
    const unsigned word = packed.word[index];
#if ELEMENT_BITS == 32
    values[index] = __uint_as_float(word);
#elif ELEMENT_BFLOAT
    values[2 * index] = __uint_as_float(word << 16);
    values[2 * index + 1] = __uint_as_float(word & 0xffff0000u);
#else
    asm("cvt.f32.f16 %0, %1;" : "=f"(values[2 * index]) : "h"(static_cast<unsigned short>(word)));
    asm("cvt.f32.f16 %0, %1;" : "=f"(values[2 * index + 1]) : "h"(static_cast<unsigned short>(word >> 16)));
#endif
  }
}

// Two numbers in one register, to nearest, ties to even.
__device__ __forceinline__ unsigned RoundedPair(float low, float high) {
  unsigned word;
#if ELEMENT_BITS == 16 && ELEMENT_BFLOAT
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  unsigned short half[2];
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half[0]) : "f"(low));
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half[1]) : "f"(high));
  word = half[0] | static_cast<unsigned>(half[1]) << 16;
#else
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
#endif
  return word;
}

template <int kCount>
__device__ __forceinline__ Packed<kCount> Rounded(const float (&values)[kCount]) {
  Packed<kCount> packed;
#pragma unroll
  for (int index = 0; index < Packed<kCount>::kWords; ++index) {
#if ELEMENT_BITS == 32
    packed.word[index] = __float_as_uint(values[index]);
#else
    packed.word[index] = RoundedPair(values[2 * index], values[2 * index + 1]);
#endif
  }
  return packed;
}

// kWidth floats of a weight, in loads of four.
__device__ __forceinline__ void LoadFloats(const float* from, float (&values)[kWidth]) {
#pragma unroll
  for (int part = 0; part < kWidth / 4; ++part) {
    const FourFloats four = Load<FourFloats>(from + 4 * part);
#pragma unroll
    for (int index = 0; index < 4; ++index) values[4 * part + index] = four.value[index];
  }
}

// Of the unit for such functions, one instruction each: about 22 bits are right, and what is below the normal numbers is zero.
__device__ __forceinline__ float ReciprocalRoot(float value) {
  float root;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(root) : "f"(value));
  return root;
}

__device__ __forceinline__ float Reciprocal(float value) {
  float inverse;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(inverse) : "f"(value));
  return inverse;
}

__device__ __forceinline__ float PowerOfTwo(float value) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(value));
  return power;
}

constexpr float kLog2E = 1.44269504f;

struct Sum {
  static __device__ __forceinline__ float Of(float a, float b) { return a + b; }
};

// Of values that are not negative.
struct Maximum {
  static __device__ __forceinline__ float Of(float a, float b) { return fmaxf(a, b); }
};

// Over kLanes threads side by side, in each of them. All threads of the warp take part.
template <typename Operation, int kLanes = kWarp>
__device__ __forceinline__ float OverLanes(float value) {
#pragma unroll
  for (int distance = kLanes / 2; distance > 0; distance /= 2)
    value = Operation::Of(value, __shfl_xor_sync(kAllLanes, value, distance));
  return value;
}

// Over a block of whole warps, in every thread. Once in a kernel for each operation.
template <typename Operation>
__device__ __forceinline__ float OverBlock(float value) {
  __shared__ float partial[kWarp];
  const int lane = threadIdx.x % kWarp;
  const int warps = blockDim.x / kWarp;
  value = OverLanes<Operation>(value);
  if (lane == 0) partial[threadIdx.x / kWarp] = value;
  __syncthreads();
  return OverLanes<Operation>(lane < warps ? partial[lane] : 0.0f);
}
