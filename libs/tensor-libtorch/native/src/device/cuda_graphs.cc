// graphs.so: the one part that is compiled with CUDA's headers and linked to its libraries. See graph_maker.h.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>

#include "graph_maker.h"

namespace rerank {
namespace {

class CudaGraph final : public Graph {
 public:
  CudaGraph(at::cuda::MempoolId_t pool, const std::function<void()>& launches) {
    // Other threads upload and wait meanwhile: only this one may do nothing that cannot be recorded.
    graph_.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      launches();
    } catch (...) {
      EndBroken();
      throw;
    }
    graph_.capture_end();
  }

  void Replay() override { graph_.replay(); }

 private:
  // The stream must leave its recording, whatever is left of it.
  void EndBroken() {
    try {
      graph_.capture_end();
    } catch (const std::exception&) {
      // What broke it is thrown on.
    }
  }

  at::cuda::CUDAGraph graph_;
};

class CudaGraphMaker final : public GraphMaker {
 public:
  void* Stream() override { return c10::cuda::getCurrentCUDAStream().stream(); }
  std::unique_ptr<Graph> Capture(const std::function<void()>& launches) override {
    return std::make_unique<CudaGraph>(pool_, launches);
  }

 private:
  // One pool for all: graphs run one after the other, and what one leaves is read before the next.
  at::cuda::MempoolId_t pool_ = at::cuda::graph_pool_handle();
};

}  // namespace
}  // namespace rerank

extern "C" __attribute__((visibility("default"))) rerank::GraphMaker* rerank_make_graph_maker() {
  return new rerank::CudaGraphMaker();
}
