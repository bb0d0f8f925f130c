// graphs.so: the one part that is compiled with CUDA's headers and linked to its libraries. See graph_maker.h.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <utility>

#include "graph_maker.h"

namespace rerank {
namespace {

using at::cuda::MempoolId_t;

// Of the whole GPU: what other work takes meanwhile looks like this one's.
size_t FreeBytes() {
  size_t free = 0, total = 0;
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) cudaGetLastError();
  return free;
}

template <typename Part>
void Quietly(Part&& part) {
  try {
    part();
  } catch (const std::exception&) {
    // What came before is thrown on.
  }
}

class CudaGraph final : public Graph {
 public:
  CudaGraph(std::shared_ptr<const MempoolId_t> pool, const std::function<void()>& launches) : pool_(std::move(pool)) {
    const size_t before = FreeBytes();
    // Other threads upload and wait meanwhile: only this one may do nothing that cannot be recorded.
    graph_.capture_begin(*pool_, cudaStreamCaptureModeThreadLocal);
    try {
      launches();
      graph_.capture_end();
      const size_t after = FreeBytes();
      bytes_ = static_cast<int64_t>(before > after ? before - after : 0);
    } catch (...) {
      Abandon();
      throw;
    }
  }

  void Replay() override { graph_.replay(); }
  int64_t bytes() const override { return bytes_; }

 private:
  // The stream must leave its recording, and so must the allocator, which capture_end forgets when it throws: with a recording
  // under way it gives nothing back when memory runs out.
  void Abandon() {
    Quietly([this] { graph_.capture_end(); });
    Quietly([this] { c10::cuda::CUDACachingAllocator::endAllocateToPool(c10::cuda::current_device(), *pool_); });
  }

  const std::shared_ptr<const MempoolId_t> pool_;
  at::cuda::CUDAGraph graph_;
  int64_t bytes_ = 0;
};

class CudaGraphMaker final : public GraphMaker {
 public:
  void* Stream() override { return c10::cuda::getCurrentCUDAStream().stream(); }

  std::unique_ptr<Graph> Capture(const std::function<void()>& launches) override {
    std::shared_ptr<const MempoolId_t> pool = pool_.lock();
    if (pool == nullptr) pool_ = pool = std::make_shared<const MempoolId_t>(at::cuda::graph_pool_handle());
    return std::make_unique<CudaGraph>(std::move(pool), launches);
  }

 private:
  // One pool for all: graphs run one after the other, and what one leaves is read before the next. The allocator takes a pool that
  // no graph has any more for a mistake: then the next graph gets a new one.
  std::weak_ptr<const MempoolId_t> pool_;
};

}  // namespace
}  // namespace rerank

extern "C" __attribute__((visibility("default"))) rerank::GraphMaker* rerank_make_graph_maker() {
  return new rerank::CudaGraphMaker();
}
