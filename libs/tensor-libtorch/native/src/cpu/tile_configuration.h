// How the tiles of AMX are divided, for products and for attention.
#pragma once

#include <cstdint>

namespace rerank {
namespace amx {
namespace {

// Tiles 0 to 3 hold sums, [row tile][column tile]; 4 and 5 rows; 6 and 7 columns. All are 16 rows of 64 bytes. Not a local:
// GCC does not know that the instruction reads all of it.
struct alignas(64) {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} const kTileConfiguration = {1, 0, {}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};

}  // namespace
}  // namespace amx
}  // namespace rerank
