#include "pass_graphs.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "../errors.h"

namespace rerank {
namespace {

/// Sizes come from a coarse grid, of which a load has a few dozen. Recording one takes milliseconds.
constexpr size_t kMostPasses = 128;

const KeyValues* AnyKeyValues(const Plan& plan) {
  for (const Segment& segment : plan.segments) {
    if (segment.kept != nullptr) return segment.kept.get();
    if (segment.store != nullptr) return segment.store.get();
  }
  return nullptr;
}

bool IsOf(const at::Tensor& memory, const KeyValues& key_values) {
  return memory.size(0) == key_values.layers() && memory.size(3) == key_values.width();
}

// Attention in groups of equal length depends on what the groups are.
bool CanBeRecorded(const Plan& plan, const DeviceBackend& backend) {
  return backend.placement().device.is_cpu() || backend.flash(plan.head_dim);
}

}  // namespace

std::optional<at::Tensor> PassGraphs::Run(const std::shared_ptr<const Program>& program, const Plan& plan,
                                          DeviceBackend& backend) {
  const PassSize exact = SizeOf(plan);
  if (maker_ == nullptr || exact.rows == 0 || exact.rows > kMostReplayedRows || !CanBeRecorded(plan, backend)) return std::nullopt;
  const bool quantised = backend.placement().quantised;
  if (!Fits(exact, RoundedUp(exact, quantised, /*keeps=*/true))) {
    backend.notes().Add("CUDA graphs: passes of more than " + std::to_string(kMostReplayedSequences) + " documents, or behind more than " +
                        std::to_string(kMostReplayedKeptRows) + " tokens of prefixes, or that read more than " + std::to_string(kMostReplayedKeys) +
                        " keys, are launched kernel by kernel, and there were some");
    return std::nullopt;
  }
  if (!HasRoomFor(plan, backend.placement())) return std::nullopt;
  const PassSize size = RoundedUp(exact, quantised, /*keeps=*/AnyKeyValues(plan) != nullptr);
  ReplayedPass& pass = Find(program, size, plan, backend);
  if (!pass.Reaches(plan.position_count())) return std::nullopt;
  try {
    return Served(pass, plan, backend);
  } catch (...) {
    if (DescribeCurrentException().code != "OUT_OF_MEMORY") throw;
    // Launched as it is, it needs less; and while one is recorded, nothing is given back.
    passes_.pop_front();
    return std::nullopt;
  }
}

std::optional<at::Tensor> PassGraphs::Served(ReplayedPass& pass, const Plan& plan, DeviceBackend& backend) {
  pass.Take(plan, backend.placement());
  const bool due = at_once_ || pass.launched_before();
  // What a first launch sets up cannot be recorded.
  if (!pass.launched_before()) pass.Launch(backend);
  if (due) {
    if (!pass.recorded() && !Recorded(pass, backend)) return std::nullopt;
    pass.Replay();
    ++replays_;
  }
  return pass.Finish();
}

// All keys and values of a model have as many layers and columns; those of another one need memory of their own.
bool PassGraphs::HasRoomFor(const Plan& plan, const Placement& placement) {
  const KeyValues* any = AnyKeyValues(plan);
  if (any == nullptr) return true;
  if (!memory_.kept.defined() || !IsOf(memory_.kept, *any)) {
    // Passes from before there was any have no keys and values.
    if (memory_.kept.defined()) passes_.clear();
    if (!Reserve(*any, placement)) return false;
  }
  return std::all_of(plan.segments.begin(), plan.segments.end(), [this](const Segment& segment) {
    return (segment.kept == nullptr || IsOf(memory_.kept, *segment.kept)) &&
           (segment.store == nullptr || IsOf(memory_.stored, *segment.store));
  });
}

bool PassGraphs::Reserve(const KeyValues& like, const Placement& placement) {
  const auto make = [&](int64_t rows) { return at::empty({like.layers(), 2, rows, like.width()}, placement.options()); };
  memory_ = {};
  try {
    memory_ = {{}, make(kMostReplayedKeptRows), make(kMostReplayedRows)};
  } catch (...) {
    if (DescribeCurrentException().code != "OUT_OF_MEMORY") throw;
  }
  Count();
  return memory_.kept.defined();
}

ReplayedPass& PassGraphs::Find(const std::shared_ptr<const Program>& program, const PassSize& size, const Plan& plan,
                               DeviceBackend& backend) {
  const auto found = std::find_if(passes_.begin(), passes_.end(), [&](const ReplayedPass& pass) { return pass.Is(*program, size); });
  if (found != passes_.end()) {
    passes_.splice(passes_.begin(), passes_, found);
  } else {
    passes_.emplace_front(program, size, memory_, backend.RotationsOf(*program, plan));
    if (passes_.size() > kMostPasses) passes_.pop_back();
  }
  return passes_.front();
}

// `pass` is gone when the answer is no.
bool PassGraphs::Recorded(ReplayedPass& pass, DeviceBackend& backend) {
  try {
    pass.Record(*maker_, backend);
    Count();
    return true;
  } catch (...) {
    const Failure failure = DescribeCurrentException();
    if (failure.code == "OUT_OF_MEMORY") throw;
    GiveUp();
    backend.notes().Add("CUDA graphs: " + failure.message);
    return false;
  }
}

// A GPU or a libtorch that cannot record serves all the same, one launch at a time.
void PassGraphs::GiveUp() {
  passes_.clear();
  memory_ = {};
  maker_ = nullptr;
  Count();
}

void PassGraphs::Count() {
  int64_t bytes = 0, count = 0;
  for (const at::Tensor& memory : {memory_.kept, memory_.stored}) bytes += memory.defined() ? static_cast<int64_t>(memory.nbytes()) : 0;
  for (const ReplayedPass& pass : passes_) {
    bytes += pass.bytes();
    count += pass.recorded() ? 1 : 0;
  }
  bytes_ = bytes;
  count_ = count;
}

}  // namespace rerank
