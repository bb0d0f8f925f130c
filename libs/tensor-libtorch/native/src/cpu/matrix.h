#pragma once

#include <cstdint>

namespace rerank {

/// A view on rows of float32: element (r, c) lies at data[r * stride + c].
struct Matrix {
  float* data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t stride = 0;

  float* row(int64_t index) const { return data + index * stride; }
};

}  // namespace rerank
