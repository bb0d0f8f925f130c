// Attention of documents that are shorter than a tile of flash attention. The query heads that share a key head are rows of one tile:
// 59 tokens of 2 heads fill 118 of 128 rows, where one head fills 59. Keys are read where they lie, kept or of this pass: nothing is
// gathered before. Sums and the softmax are float32; weights of values are rounded to the format, as flash attention does.
// Compiled behind elements.cuh, for formats of 16 bits.

#if ELEMENT_BITS == 16 && (!defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800)  // Older GPUs copy to shared memory otherwise.

constexpr int kTileRows = 64;  // of a block, 16 a warp
constexpr int kTileKeys = 32;
constexpr int kThreads = 128;
constexpr float kHidden = -3.0e38f;  // a score that weighs nothing beside any other
constexpr int kPadding = 8;  // elements behind each row in shared memory, so that 8 rows of 16 bytes lie in different banks

__device__ __forceinline__ unsigned InShared(const void* address) {
  return static_cast<unsigned>(__cvta_generic_to_shared(address));
}

__device__ __forceinline__ void CopyLater(unsigned shared, const Vector* from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "r"(shared), "l"(from));
}

__device__ __forceinline__ void WaitForCopies() {
  asm volatile("cp.async.wait_all;" : :);
  __syncthreads();
}

// Four matrices of 8 x 8, whose rows begin at the addresses of 8 lanes each. A lane gets row lane / 4, columns 2 (lane % 4) and the next.
__device__ __forceinline__ void LoadMatrices(unsigned shared, unsigned (&part)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(part[0]), "=r"(part[1]), "=r"(part[2]), "=r"(part[3]) : "r"(shared));
}

// The same of their transposes.
__device__ __forceinline__ void LoadTransposed(unsigned shared, unsigned (&part)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(part[0]), "=r"(part[1]), "=r"(part[2]), "=r"(part[3]) : "r"(shared));
}

// sums [16, 8] += a [16, 16] b [16, 8], each in the warp's registers.
__device__ __forceinline__ void MultiplyAdd(const unsigned (&a)[4], unsigned b0, unsigned b1, float (&sums)[4]) {
#if ELEMENT_BFLOAT
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}

template <int kDim>
struct alignas(16) Tiles {
  static constexpr int kPitch = kDim + kPadding;
  static constexpr int kVectors = kDim / kWidth;             // of a row
  static constexpr int kRowsAtOnce = kThreads / kVectors;    // that a block copies
  Element keys[2][kTileKeys][kPitch];
  Element values[2][kTileKeys][kPitch];
};

// The keys from `begin` on and their values, on their way into one of the two buffers. Those beyond the last are the last one: their
// scores are hidden, but their values must be numbers.
template <int kDim>
__device__ __forceinline__ void CopyKeys(const Attention& of, Tiles<kDim>& tiles, int buffer, int first_key, int begin, int keys) {
  typedef Tiles<kDim> T;
  const int column = threadIdx.x % T::kVectors * kWidth;
#pragma unroll
  for (int part = 0; part < kTileKeys / T::kRowsAtOnce; ++part) {
    const int row = threadIdx.x / T::kVectors + part * T::kRowsAtOnce;
    const int key = first_key + min(begin + row, keys - 1);
    const int wanted = of.index == nullptr ? key : of.index[key];
    const bool is_kept = wanted < of.kept_rows;
    const Element* from = (is_kept ? of.kept : of.own) + blockIdx.y * kDim + column +
                          static_cast<long long>(is_kept ? wanted : wanted - of.kept_rows) * (is_kept ? of.kept_stride : of.own_stride);
    CopyLater(InShared(&tiles.keys[buffer][row][column]), reinterpret_cast<const Vector*>(from));
    CopyLater(InShared(&tiles.values[buffer][row][column]),
              reinterpret_cast<const Vector*>(from + (is_kept ? of.kept_plane : of.own_plane)));
  }
}

// The tile's queries by way of the memory of values. Rows beyond the last are the last one.
template <int kDim>
__device__ __forceinline__ void LoadQueries(const Attention& of, Tiles<kDim>& tiles, int first_query, int tile, int rows,
                                            unsigned (&queries)[kDim / 16][4]) {
  typedef Tiles<kDim> T;
  Element (*staged)[T::kPitch] = tiles.values[0];
  const int column = threadIdx.x % T::kVectors * kWidth, heads = 1 << of.shift;
#pragma unroll
  for (int part = 0; part < kTileRows / T::kRowsAtOnce; ++part) {
    const int row = threadIdx.x / T::kVectors + part * T::kRowsAtOnce;
    const int packed = min(tile + row, rows - 1);
    const int head = (blockIdx.y << of.shift) + (packed & (heads - 1));
    const Element* from = of.queries + static_cast<long long>(first_query + (packed >> of.shift)) * of.query_stride + head * kDim + column;
    CopyLater(InShared(&staged[row][column]), reinterpret_cast<const Vector*>(from));
  }
  WaitForCopies();
  const int lane = threadIdx.x % kWarp;
  const unsigned at = InShared(&staged[threadIdx.x / kWarp * 16 + lane % 16][lane / 16 * 8]);
#pragma unroll
  for (int step = 0; step < kDim / 16; ++step) LoadMatrices(at + step * 16 * sizeof(Element), queries[step]);
  __syncthreads();
}

// One block for 64 rows of one sequence and key head: blockIdx.x is the tile, y the key head, z the sequence.
template <int kDim>
__device__ __forceinline__ void Attend(const Attention& of) {
  __shared__ Tiles<kDim> tiles;
  const int first_query = of.first_query[blockIdx.z], queries = of.first_query[blockIdx.z + 1] - first_query;
  const int first_key = of.first_key[blockIdx.z], keys = of.first_key[blockIdx.z + 1] - first_key;
  const int rows = queries << of.shift, tile = blockIdx.x * kTileRows;
  if (tile >= rows) return;
  // How many keys the first and the last row of the tile see.
  const int hidden = keys - queries + 1;
  const int least_seen = hidden + (tile >> of.shift), most_seen = hidden + ((min(tile + kTileRows, rows) - 1) >> of.shift);

  unsigned asked[kDim / 16][4];
  LoadQueries<kDim>(of, tiles, first_query, tile, rows, asked);
  CopyKeys<kDim>(of, tiles, 0, first_key, 0, keys);

  const int lane = threadIdx.x % kWarp;
  const int row = tile + threadIdx.x / kWarp * 16 + lane / 4;  // and 8 rows further on
  float out[kDim / 8][4] = {};
  float largest[2] = {kHidden, kHidden}, sums[2] = {};
  for (int begin = 0, buffer = 0; begin < most_seen; begin += kTileKeys, buffer ^= 1) {
    WaitForCopies();
    if (begin + kTileKeys < most_seen) CopyKeys<kDim>(of, tiles, buffer ^ 1, first_key, begin + kTileKeys, keys);

    float scores[kTileKeys / 8][4] = {};
    const unsigned keys_at = InShared(&tiles.keys[buffer][lane % 8 + lane / 16 * 8][lane / 8 % 2 * 8]);
#pragma unroll
    for (int step = 0; step < kDim / 16; ++step) {
#pragma unroll
      for (int pair = 0; pair < kTileKeys / 16; ++pair) {
        unsigned part[4];
        LoadMatrices(keys_at + (pair * 16 * Tiles<kDim>::kPitch + step * 16) * sizeof(Element), part);
        MultiplyAdd(asked[step], part[0], part[1], scores[2 * pair]);
        MultiplyAdd(asked[step], part[2], part[3], scores[2 * pair + 1]);
      }
    }

    if (begin + kTileKeys > least_seen) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int seen = hidden + (min(row + 8 * half, rows - 1) >> of.shift) - begin - lane % 4 * 2;
#pragma unroll
        for (int block = 0; block < kTileKeys / 8; ++block) {
#pragma unroll
          for (int next = 0; next < 2; ++next) {
            if (8 * block + next >= seen) scores[block][2 * half + next] = kHidden;
          }
        }
      }
    }

#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float highest = largest[half];
#pragma unroll
      for (int block = 0; block < kTileKeys / 8; ++block)
        highest = fmaxf(highest, fmaxf(scores[block][2 * half], scores[block][2 * half + 1]));
      highest = fmaxf(highest, __shfl_xor_sync(kAllLanes, highest, 1));
      highest = fmaxf(highest, __shfl_xor_sync(kAllLanes, highest, 2));
      const float less = PowerOfTwo((largest[half] - highest) * of.scale), shift = highest * of.scale;
      largest[half] = highest;
      sums[half] *= less;
#pragma unroll
      for (int block = 0; block < kTileKeys / 8; ++block) {
#pragma unroll
        for (int next = 0; next < 2; ++next) {
          float& score = scores[block][2 * half + next];
          score = PowerOfTwo(score * of.scale - shift);
          sums[half] += score;
        }
      }
#pragma unroll
      for (int block = 0; block < kDim / 8; ++block) {
        out[block][2 * half] *= less;
        out[block][2 * half + 1] *= less;
      }
    }

    const unsigned values_at = InShared(&tiles.values[buffer][lane % 16][lane / 16 * 8]);
#pragma unroll
    for (int step = 0; step < kTileKeys / 16; ++step) {
      const float (&near)[4] = scores[2 * step], (&far)[4] = scores[2 * step + 1];
      const unsigned weights[4] = {RoundedPair(near[0], near[1]), RoundedPair(near[2], near[3]), RoundedPair(far[0], far[1]),
                                   RoundedPair(far[2], far[3])};
#pragma unroll
      for (int pair = 0; pair < kDim / 16; ++pair) {
        unsigned part[4];
        LoadTransposed(values_at + (step * 16 * Tiles<kDim>::kPitch + pair * 16) * sizeof(Element), part);
        MultiplyAdd(weights, part[0], part[1], out[2 * pair]);
        MultiplyAdd(weights, part[2], part[3], out[2 * pair + 1]);
      }
    }
  }

#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float sum = sums[half];
    sum += __shfl_xor_sync(kAllLanes, sum, 1);
    sum += __shfl_xor_sync(kAllLanes, sum, 2);
    const int packed = row + 8 * half;
    if (packed >= rows) continue;
    const float inverse = Reciprocal(sum);
    const int head = (blockIdx.y << of.shift) + (packed & ((1 << of.shift) - 1));
    Element* to = of.out + static_cast<long long>(first_query + (packed >> of.shift)) * of.out_stride + head * kDim + lane % 4 * 2;
#pragma unroll
    for (int block = 0; block < kDim / 8; ++block)
      *reinterpret_cast<unsigned*>(to + 8 * block) = RoundedPair(out[block][2 * half] * inverse, out[block][2 * half + 1] * inverse);
  }
}

extern "C" __global__ void __launch_bounds__(kThreads) attend_64(Attention of) { Attend<64>(of); }
extern "C" __global__ void __launch_bounds__(kThreads) attend_128(Attention of) { Attend<128>(of); }

#endif
