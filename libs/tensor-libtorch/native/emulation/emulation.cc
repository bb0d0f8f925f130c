// emulation.so: what stands in on the CPU for what only a GPU has, so that tests run without one. No part of the product. Where
// EMULATION_LIES names one of them (flash, graphs, products), it answers wrongly.
#include <ATen/Functions.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "device/flash_attention.h"
#include "device/graph_maker.h"
#include "device/quantised.h"

namespace rerank {
namespace {

bool Lies(const char* part) {
  const char* parts = std::getenv("EMULATION_LIES");
  return parts != nullptr && std::strstr(parts, part) != nullptr;
}

// Nothing is recorded: to replay is to run again.
class RunAgain final : public Graph {
 public:
  explicit RunAgain(std::function<void()> launches) : launches_(std::move(launches)) {}
  void Replay() override {
    if (!Lies("graphs")) launches_();
  }
  int64_t bytes() const override { return 1 << 20; }

 private:
  std::function<void()> launches_;
};

class RunAgainMaker final : public GraphMaker {
 public:
  void* Stream() override { return nullptr; }
  std::unique_ptr<Graph> Capture(const std::function<void()>& launches) override { return std::make_unique<RunAgain>(launches); }
};

// The same rounding of the same rows as a GPU's, with sums of float32. Other numbers of rows a GPU would multiply too, but not at once.
at::Tensor Multiply(const DeviceRows& x, const DeviceRows& weight) {
  if (x.values.size(0) % kQuantisedStep != 0) throw std::invalid_argument("scales of these rows would be copied");
  const at::Tensor products = at::mm(x.values.to(at::kFloat), weight.values.to(at::kFloat).t());
  return products.mul(Lies("products") ? x.scales.add(1) : x.scales).mul_(weight.scales.t()).to(at::kBFloat16);
}

// Of one sequence: q [L, Hq, D]; k, v [K, Hkv, D], all float32.
at::Tensor AttendOne(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const int64_t group = q.size(1) / k.size(1);
  const auto by_heads = [](const at::Tensor& x) { return x.transpose(0, 1); };
  const at::Tensor keys = by_heads(k).repeat_interleave(group, 0), values = by_heads(v).repeat_interleave(group, 0);
  at::Tensor scores = at::matmul(by_heads(q), keys.transpose(1, 2)).div_(std::sqrt(static_cast<double>(q.size(2))));
  const at::Tensor hidden = at::ones({q.size(0), k.size(0)}, at::kBool).triu(k.size(0) - q.size(0) + 1);
  if (!Lies("flash")) scores.masked_fill_(hidden, -INFINITY);
  return by_heads(at::matmul(at::softmax(scores, -1), values));
}

at::Tensor Attend(const Sequences& sequences, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor out = at::zeros_like(q);
  const int* queries = sequences.cumulative_queries.data_ptr<int>();
  const int* keys = sequences.cumulative_keys.data_ptr<int>();
  for (int64_t index = 0; index + 1 < sequences.cumulative_queries.size(0); ++index) {
    const int64_t length = queries[index + 1] - queries[index];
    if (length == 0) continue;
    const auto own = [&](const at::Tensor& x) { return x.narrow(0, queries[index], length); };
    const auto read = [&](const at::Tensor& x) { return x.narrow(0, keys[index], keys[index + 1] - keys[index]).to(at::kFloat); };
    own(out).copy_(AttendOne(own(q).to(at::kFloat), read(k), read(v)));
  }
  return out.view({q.size(0), -1});
}

}  // namespace
}  // namespace rerank

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED rerank::GraphMaker* rerank_make_graph_maker() { return new rerank::RunAgainMaker(); }

EXPORTED rerank::QuantisedProduct rerank_quantised_product() { return rerank::Multiply; }

EXPORTED rerank::FlashAttention rerank_flash_attention() { return rerank::Attend; }
