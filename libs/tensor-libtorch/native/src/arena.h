// Buffers for activations, reused from pass to pass. Fresh allocations of this size would go to the kernel and come back
// page by page; glibc 2.36 even grows without bound when they are freed and made again inside Node.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "matrix.h"

namespace rerank {

class Arena {
 public:
  /// An uninitialised [rows, columns]; the buffer is the caller's until Release.
  Matrix Take(int64_t rows, int64_t columns);
  void Release(const Matrix& matrix);
  /// May be asked from any thread.
  int64_t bytes() const { return bytes_; }

 private:
  struct Buffer {
    std::unique_ptr<float[], void (*)(void*)> data;
    int64_t capacity;
    bool free;
  };

  std::vector<Buffer> buffers_;
  std::atomic<int64_t> bytes_{0};
};

}  // namespace rerank
