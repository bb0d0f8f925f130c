// Small passes that a GPU gets in one call: launching their kernels one by one takes longer than they run.
#pragma once

#include <ATen/core/Tensor.h>

#include <atomic>
#include <list>
#include <memory>
#include <optional>

#include "graph_maker.h"
#include "replayed_pass.h"

namespace rerank {

class PassGraphs {
 public:
  /// `at_once`: a pass is recorded when its size is met first, else when it comes again.
  PassGraphs(std::unique_ptr<GraphMaker> maker, bool at_once) : maker_(std::move(maker)), at_once_(at_once) {}

  /// The result of the pass in float32, with more rows than it has; nothing when a pass like this is not replayed.
  std::optional<at::Tensor> Run(const std::shared_ptr<const Program>& program, const Plan& plan, DeviceBackend& backend);

  GraphMaker& maker() { return *maker_; }

  /// These may be asked for on any thread. Passes that were replayed.
  int64_t replays() const { return replays_; }
  /// Memory of keys and values that replayed passes share, and of their graphs, in bytes.
  int64_t bytes() const { return bytes_; }
  /// Graphs that there are.
  int64_t count() const { return count_; }

 private:
  bool HasRoomFor(const Plan& plan, const Placement& placement);
  bool Reserve(const KeyValues& like, const Placement& placement);
  std::optional<at::Tensor> Served(ReplayedPass& pass, const Plan& plan, DeviceBackend& backend);
  ReplayedPass& Find(const std::shared_ptr<const Program>& program, const PassSize& size, const Plan& plan, DeviceBackend& backend);
  bool Recorded(ReplayedPass& pass, DeviceBackend& backend);
  void GiveUp();
  void Count();

  std::unique_ptr<GraphMaker> maker_;  // none after one failed
  bool at_once_;
  PlanMemory memory_;
  std::list<ReplayedPass> passes_;  // the one used last in front
  std::atomic<int64_t> replays_{0};
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> count_{0};
};

}  // namespace rerank
