// Memory for activations, reused from pass to pass. Fresh allocations of this size would go to the kernel and come back
// page by page; glibc 2.36 even grows without bound when they are freed and made again inside Node.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace rerank {

class Buffer;

/// Buffers of one pass at a time: taken and given back on one thread. It outlives every buffer that it gave.
class Arena {
 public:
  /// Uninitialised bytes at a multiple of 64. Throws std::bad_alloc.
  Buffer Take(int64_t bytes);
  /// Frees what no buffer holds.
  void Clear();
  /// All memory, held or ready for the next pass; on any thread.
  int64_t bytes() const { return bytes_; }

 private:
  friend class Buffer;

  struct Block {
    std::unique_ptr<void, void (*)(void*)> data;
    int64_t capacity;
    bool free;
  };

  void Resize(Block& block, int64_t capacity);

  std::deque<Block> blocks_;  // a buffer points to its block, which stays where it is
  std::atomic<int64_t> bytes_{0};
};

/// Memory of an arena, given back when this ends: also by a pass that fails.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(block_, other.block_);
    other.GiveBack();
    return *this;
  }
  ~Buffer() { GiveBack(); }

  /// Null when nothing was taken.
  template <typename Element>
  Element* as() const {
    return block_ == nullptr ? nullptr : static_cast<Element*>(block_->data.get());
  }
  void GiveBack() {
    if (block_ != nullptr) std::exchange(block_, nullptr)->free = true;
  }

 private:
  friend class Arena;
  explicit Buffer(Arena::Block& block) : block_(&block) { block.free = false; }

  Arena::Block* block_ = nullptr;
};

}  // namespace rerank
