// Rows in 8 bits, for products in e4m3. Compiled behind fused.cu.

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 890  // Older GPUs have no e4m3.

// kWidth numbers of 8 bits.
struct alignas(kWidth) Narrow {
  unsigned short pair[kWidth / 2];
};

// One block a row. scale = its largest magnitude / 448, out = row / scale in e4m3, to nearest, ties to even.
__device__ __forceinline__ void Quantise(const Part& part, int columns, unsigned char* out, float* scales) {
  constexpr float kLargest = 448.0f;
  int index;
  float largest = 0.0f;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
#pragma unroll
    for (int j = 0; j < kWidth; ++j) largest = fmaxf(largest, fabsf(part.value[k][j]));
  }
  largest = fmaxf(OverBlock<Maximum>(largest), 1e-12f);
  if (threadIdx.x == 0) scales[blockIdx.x] = largest / kLargest;
  const float inverse = kLargest / largest;
  Narrow* narrow = reinterpret_cast<Narrow*>(out + static_cast<long long>(blockIdx.x) * columns);
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    if (!IsInRow(k, columns, &index)) continue;
    Narrow result;
#pragma unroll
    for (int j = 0; j < kWidth / 2; ++j) {
      const float low = part.value[k][2 * j] * inverse, high = part.value[k][2 * j + 1] * inverse;
      asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(result.pair[j]) : "f"(high), "f"(low));
    }
    narrow[index] = result;
  }
}

// kWidth elements of a row by their index, each looked at once.
template <typename VectorAt>
__device__ __forceinline__ void QuantiseRow(int columns, unsigned char* out, float* scales, VectorAt vector_at) {
  Part part = {};
  int index;
#pragma unroll
  for (int k = 0; k < kHeld; ++k) {
    if (IsInRow(k, columns, &index)) Unpack(vector_at(index), part.value[k]);
  }
  Quantise(part, columns, out, scales);
}

// As a product that is not in 8 bits would read them.
__device__ __forceinline__ void RoundToElements(Part* part) {
#pragma unroll
  for (int k = 0; k < kHeld; ++k) Unpack(Rounded(part->value[k]), part->value[k]);
}

extern "C" __global__ void __launch_bounds__(1024)
    quantise_rows(const Element* x, int stride, int columns, unsigned char* out, float* scales) {
  const Vector* row = RowOf(x, stride);
  QuantiseRow(columns, out, scales, [=](int index) { return Load<Vector>(row + index); });
}

// add_rms_norm, whose result is read by products in 8 bits only.
extern "C" __global__ void __launch_bounds__(1024)
    add_rms_norm_quantise(Element* residual, int residual_stride, const Element* delta, int delta_stride, const float* weight,
                          float eps, float share, int columns, unsigned char* out, float* scales) {
  const Vector* added = delta == nullptr ? nullptr : RowOf(delta, delta_stride);
  Part part = AddAndNorm(RowOf(residual, residual_stride), added, weight, eps, share, columns);
  RoundToElements(&part);
  Quantise(part, columns, out, scales);
}

// swiglu, whose result is read by a product in 8 bits only.
extern "C" __global__ void __launch_bounds__(1024)
    swiglu_quantise(const Element* gate_up, int stride, int columns, unsigned char* out, float* scales) {
  const Vector* row = RowOf(gate_up, stride);
  QuantiseRow(columns, out, scales, [=](int index) { return Gated(row, columns, index); });
}

#endif
