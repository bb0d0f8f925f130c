// Pinned memory that results are copied to. It is kept: a buffer that is freed has an event recorded on its stream by libtorch, and
// while a pass is being recorded there, that would become a part of the graph.
#pragma once

#include <ATen/Functions.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace rerank {

class PinnedResults {
 public:
  /// Memory for `count` numbers of float32. Call on the thread that launches passes, outside of a recording.
  at::Tensor Take(int64_t count) {
    at::Tensor buffer;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        buffer = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (buffer.defined() && buffer.numel() >= count) return buffer;
    return at::empty({std::max(kLeast, count)}, at::TensorOptions().dtype(at::kFloat).pinned_memory(true));
  }
  /// For the next one to take; on any thread.
  void PutBack(at::Tensor buffer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  static constexpr int64_t kLeast = 4096;

  std::mutex mutex_;
  std::vector<at::Tensor> free_;
};

}  // namespace rerank
