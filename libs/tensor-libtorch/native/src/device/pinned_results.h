// Pinned memory that results are copied to. It is kept: a buffer that is freed has an event recorded on its stream by libtorch, and
// while a pass is being recorded there, that would become a part of the graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <mutex>
#include <vector>

namespace rerank {

class PinnedResults {
 public:
  /// Float32, so many of them. Call on the thread that launches passes, outside of a recording.
  at::Tensor Take(int64_t count);
  /// For the next one to take; on any thread.
  void PutBack(at::Tensor buffer);

 private:
  std::mutex mutex_;
  std::vector<at::Tensor> free_;
};

}  // namespace rerank
