#include "arena.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "huge_pages.h"

namespace rerank {
namespace {

constexpr int64_t kAlignment = 64;  // a cache line, and the widest vector register
constexpr int64_t kGranularity = 1 << 16;  // elements; a batch that is a little larger finds the same buffer

int64_t RoundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

}  // namespace

Matrix Arena::Take(int64_t rows, int64_t columns) {
  const int64_t needed = std::max<int64_t>(rows * columns, 1);
  Buffer* best = nullptr;
  Buffer* largest_free = nullptr;
  for (Buffer& buffer : buffers_) {
    if (!buffer.free) continue;
    if (largest_free == nullptr || buffer.capacity > largest_free->capacity) largest_free = &buffer;
    if (buffer.capacity >= needed && (best == nullptr || buffer.capacity < best->capacity)) best = &buffer;
  }
  if (best == nullptr) {
    // Growing a buffer that is too small for today's batches, rather than adding one, bounds how many there are.
    if (largest_free == nullptr) {
      buffers_.push_back({{nullptr, std::free}, 0, true});
      largest_free = &buffers_.back();
    }
    bytes_ -= largest_free->capacity * static_cast<int64_t>(sizeof(float));
    largest_free->data.reset();
    largest_free->capacity = 0;
    const int64_t capacity = RoundUp(needed, kGranularity);
    void* memory = std::aligned_alloc(kAlignment, static_cast<size_t>(capacity) * sizeof(float));
    if (memory == nullptr) throw std::bad_alloc();
    PreferHugePages(memory, static_cast<size_t>(capacity) * sizeof(float));
    largest_free->data.reset(static_cast<float*>(memory));
    largest_free->capacity = capacity;
    bytes_ += capacity * static_cast<int64_t>(sizeof(float));
    best = largest_free;
  }
  best->free = false;
  return {best->data.get(), rows, columns, columns};
}

void Arena::Release(const Matrix& matrix) {
  for (Buffer& buffer : buffers_) {
    if (buffer.data.get() == matrix.data) buffer.free = true;
  }
}

}  // namespace rerank
