// emulation.so: what stands in on the CPU for what only a GPU has, so that tests run without one. No part of the product.
#include <ATen/Functions.h>

#include <utility>

#include "device/graph_maker.h"
#include "device/quantised.h"

namespace rerank {
namespace {

// Nothing is recorded: to replay is to run again.
class RunAgain final : public Graph {
 public:
  explicit RunAgain(std::function<void()> launches) : launches_(std::move(launches)) {}
  void Replay() override { launches_(); }

 private:
  std::function<void()> launches_;
};

class RunAgainMaker final : public GraphMaker {
 public:
  void* Stream() override { return nullptr; }
  std::unique_ptr<Graph> Capture(const std::function<void()>& launches) override { return std::make_unique<RunAgain>(launches); }
};

// The same rounding of the same rows as a GPU's, with sums of float32.
at::Tensor Multiply(const DeviceRows& x, const DeviceRows& weight) {
  const at::Tensor products = at::mm(x.values.to(at::kFloat), weight.values.to(at::kFloat).t());
  return products.mul(x.scales).mul_(weight.scales.t()).to(at::kBFloat16);
}

}  // namespace
}  // namespace rerank

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED rerank::GraphMaker* rerank_make_graph_maker() { return new rerank::RunAgainMaker(); }

EXPORTED rerank::QuantisedProduct rerank_quantised_product() { return rerank::Multiply; }
