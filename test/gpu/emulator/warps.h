// What the threads of a warp do together, by the names that emulate-kernels.mjs makes of the instructions: matrices of which each holds
// a part. A thread shows its part, waits until all have, and takes what it needs of theirs.
#pragma once

#include <cstring>

#include "numbers.h"
#include "threads.h"

namespace emulator {

/// Shared memory is addressed by how far it lies from here.
inline char shared_base;

inline unsigned SharedAddress(const void* address) {
  return static_cast<unsigned>(static_cast<const char*>(address) - &shared_base);
}

inline char* InShared(unsigned address) { return &shared_base + static_cast<int>(address); }

/// What a thread shows the others.
struct Shown {
  unsigned word[6];
};

/// Two, taken in turn, as in `FromLane`.
inline Shown shown[2][kMostThreads];

/// What the threads of this one's warp show, after all have.
inline const Shown* ShowToWarp(const Shown& part) {
  const size_t self = current;
  Shown* all = shown[fibers[self].exchanges++ % 2];
  all[self] = part;
  WaitForOthers();
  return all + self / 32 * 32;
}

/// Matrix m of four has its rows at the addresses of the lanes 8 m to 8 m + 7.
inline unsigned short ElementOf(const Shown* lanes, size_t matrix, size_t row, size_t column) {
  unsigned short element;
  std::memcpy(&element, InShared(lanes[8 * matrix + row].word[0]) + 2 * column, sizeof(element));
  return element;
}

inline void LoadMatrices(unsigned (&parts)[4], unsigned address, bool transposed) {
  const Shown* lanes = ShowToWarp({{address}});
  const size_t lane = current % 32;
  for (size_t matrix = 0; matrix < 4; ++matrix) {
    unsigned pair = 0;
    for (size_t next = 0; next < 2; ++next) {
      const size_t major = lane / 4, minor = lane % 4 * 2 + next;
      pair |= ElementOf(lanes, matrix, transposed ? minor : major, transposed ? major : minor) << 16 * next;
    }
    parts[matrix] = pair;
  }
}

/// Of [16, 16], row by row: registers are quarters, upper left, lower left, upper right, lower right.
inline unsigned short LeftElement(const Shown* lanes, size_t row, size_t column) {
  const unsigned pair = lanes[row % 8 * 4 + column % 8 / 2].word[row / 8 + column / 8 * 2];
  return static_cast<unsigned short>(pair >> column % 2 * 16);
}

/// Of [16, 8], column by column.
inline unsigned short RightElement(const Shown* lanes, size_t row, size_t column) {
  const unsigned pair = lanes[column * 4 + row % 8 / 2].word[4 + row / 8];
  return static_cast<unsigned short>(pair >> row % 2 * 16);
}

template <typename ToFloat>
void MultiplyAdd(float (&sums)[4], const Shown& part, ToFloat to_float) {
  const Shown* lanes = ShowToWarp(part);
  const size_t lane = current % 32;
  for (size_t index = 0; index < 4; ++index) {
    const size_t row = lane / 4 + index / 2 * 8, column = lane % 4 * 2 + index % 2;
    for (size_t inner = 0; inner < 16; ++inner)
      sums[index] += to_float(LeftElement(lanes, row, inner)) * to_float(RightElement(lanes, inner, column));
  }
}

}  // namespace emulator

#define __cvta_generic_to_shared(address) emulator::SharedAddress(address)

inline void cp_async_cg_shared_global(unsigned shared, const void* from) { std::memcpy(emulator::InShared(shared), from, 16); }
inline void cp_async_wait_all() {}

#define LOADS_MATRICES(name, transposed)                                                               \
  inline void name(unsigned& a, unsigned& b, unsigned& c, unsigned& d, unsigned shared) {              \
    unsigned parts[4];                                                                                 \
    emulator::LoadMatrices(parts, shared, transposed);                                                 \
    a = parts[0], b = parts[1], c = parts[2], d = parts[3];                                            \
  }
LOADS_MATRICES(ldmatrix_sync_aligned_m8n8_x4_shared_b16, false)
LOADS_MATRICES(ldmatrix_sync_aligned_m8n8_x4_trans_shared_b16, true)

#define MULTIPLIES(name, to_float)                                                                              \
  inline void name(float& a, float& b, float& c, float& d, unsigned l0, unsigned l1, unsigned l2, unsigned l3,  \
                   unsigned r0, unsigned r1) {                                                                  \
    float sums[4] = {a, b, c, d};                                                                               \
    emulator::MultiplyAdd(sums, {{l0, l1, l2, l3, r0, r1}}, to_float);                                          \
    a = sums[0], b = sums[1], c = sums[2], d = sums[3];                                                         \
  }
MULTIPLIES(mma_sync_aligned_m16n8k16_row_col_f32_bf16_bf16_f32, FromBfloat)
MULTIPLIES(mma_sync_aligned_m16n8k16_row_col_f32_f16_f16_f32, FromHalf)
