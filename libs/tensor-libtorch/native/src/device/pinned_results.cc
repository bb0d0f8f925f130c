#include "pinned_results.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

namespace rerank {
namespace {

constexpr int64_t kLeast = 4096;

}  // namespace

at::Tensor PinnedResults::Take(int64_t count) {
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

void PinnedResults::PutBack(at::Tensor buffer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(buffer));
}

}  // namespace rerank
