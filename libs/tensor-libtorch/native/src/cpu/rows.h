#pragma once

#include <cstdint>

#include "../format.h"
#include "matrix.h"

namespace rerank {

/// A view on rows of numbers: element (r, c) lies at data[r * stride + c]. In 8 bits a number n stands for
/// (n - zero point) * scales[r].
struct Rows {
  void* data = nullptr;
  Format format = Format::kF32;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t stride = 0;
  float* scales = nullptr;

  uint8_t* bytes(int64_t row) const { return static_cast<uint8_t*>(data) + row * stride * BytesOf(format); }
  float* floats(int64_t row) const { return static_cast<float*>(data) + row * stride; }
  uint16_t* halves(int64_t row) const { return static_cast<uint16_t*>(data) + row * stride; }
  /// The same rows of float32, for what knows no other format.
  Matrix matrix() const { return {static_cast<float*>(data), rows, columns, stride}; }
};

}  // namespace rerank
