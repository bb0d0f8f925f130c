#include "device_plan.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "../errors.h"

namespace rerank {
namespace {

using Integers = std::vector<int32_t>;

// Where the rows of each segment lie among the sources of keys: kept rows first, then the rows of the pass.
std::vector<int64_t> KeySources(const Plan& plan, int64_t kept_rows) {
  std::vector<int64_t> first(plan.segments.size());
  int64_t kept = 0;
  for (size_t index = 0; index < plan.segments.size(); ++index) {
    const Segment& segment = plan.segments[index];
    first[index] = segment.kept != nullptr ? kept : kept_rows + segment.start;
    if (segment.kept != nullptr) kept += segment.length;
  }
  return first;
}

int64_t KeptRows(const Plan& plan) {
  int64_t rows = 0;
  for (const Segment& segment : plan.segments) rows += segment.kept != nullptr ? segment.length : 0;
  return rows;
}

at::Tensor GatherKept(const Plan& plan) {
  std::vector<at::Tensor> kept;
  for (const Segment& segment : plan.segments) {
    if (segment.kept == nullptr) continue;
    if (!segment.kept->on_device.defined()) throw InvalidArgument("a kept segment was never stored");
    kept.push_back(segment.kept->on_device);
  }
  if (kept.empty()) return {};
  return kept.size() == 1 ? kept[0] : at::cat(kept, 2);
}

// Integers of all index tensors, end to end; views are cut once they are on the device.
class Upload {
 public:
  void Add(at::Tensor& place, const Integers& values) {
    pieces_.push_back({&place, static_cast<int64_t>(host_.size()), static_cast<int64_t>(values.size())});
    host_.insert(host_.end(), values.begin(), values.end());
    // Kernels read vectors of 16 bytes.
    while (host_.size() % 4 != 0) host_.push_back(0);
  }

  void Send(const Placement& placement) {
    const auto options = at::TensorOptions().dtype(at::kInt);
    at::Tensor staged = at::empty({static_cast<int64_t>(host_.size())}, options.pinned_memory(placement.device.is_cuda()));
    std::memcpy(staged.data_ptr(), host_.data(), host_.size() * sizeof(int32_t));
    const at::Tensor sent = staged.to(options.device(placement.device), /*non_blocking=*/true);
    for (const Piece& piece : pieces_) *piece.place = sent.narrow(0, piece.first, piece.count);
  }

 private:
  struct Piece {
    at::Tensor* place;
    int64_t first;
    int64_t count;
  };
  Integers host_;
  std::vector<Piece> pieces_;
};

void Arrange(const Plan& plan, const std::vector<int64_t>& sources, bool scored_only, Upload& upload, Sequences& out) {
  Integers key_index, cumulative_queries{0}, cumulative_keys{0};
  const auto add_keys = [&](size_t segment) {
    const int64_t count = plan.segments[segment].length;
    for (int64_t key = 0; key < count; ++key) key_index.push_back(static_cast<int32_t>(sources[segment] + key));
  };
  int64_t queries_before = 0;
  for (size_t index = 0; index < plan.segments.size(); ++index) {
    const Segment& segment = plan.segments[index];
    if (segment.kept != nullptr || (scored_only && segment.scored_row < 0)) continue;
    Sequence sequence;
    sequence.first_query = queries_before;
    sequence.queries = scored_only ? 1 : segment.length;
    sequence.first_key = static_cast<int64_t>(key_index.size());
    sequence.keys = segment.prefix_keys + segment.length;
    for (const int64_t ancestor : segment.ancestors) add_keys(static_cast<size_t>(ancestor));
    add_keys(index);
    queries_before += sequence.queries;
    cumulative_queries.push_back(static_cast<int32_t>(queries_before));
    cumulative_keys.push_back(static_cast<int32_t>(key_index.size()));
    out.max_queries = std::max(out.max_queries, sequence.queries);
    out.max_keys = std::max(out.max_keys, sequence.keys);
    out.list.push_back(sequence);
  }
  out.total_keys = static_cast<int64_t>(key_index.size());
  upload.Add(out.cumulative_queries, cumulative_queries);
  upload.Add(out.cumulative_keys, cumulative_keys);
  bool same = out.total_keys == plan.rows();
  for (size_t key = 0; same && key < key_index.size(); ++key) same = key_index[key] == static_cast<int32_t>(key);
  if (!same) upload.Add(out.key_index, key_index);

}

}  // namespace

DevicePlan::DevicePlan(const Plan& plan, const Placement& placement) {
  kept = GatherKept(plan);
  const std::vector<int64_t> sources = KeySources(plan, KeptRows(plan));
  Integers rows(plan.scored_rows.begin(), plan.scored_rows.end()), scored_at;
  for (const int64_t row : plan.scored_rows) scored_at.push_back(plan.positions[static_cast<size_t>(row)]);
  Upload upload;
  upload.Add(ids, plan.ids);
  upload.Add(row_positions, plan.positions);
  upload.Add(scored_rows, rows);
  upload.Add(scored_positions, scored_at);
  Arrange(plan, sources, false, upload, all);
  Arrange(plan, sources, true, upload, scored);
  upload.Send(placement);
  for (const Segment& segment : plan.segments) {
    if (segment.store == nullptr) continue;
    const bool continues = !runs.empty() && runs.back().first_row + runs.back().rows == segment.start;
    if (continues) runs.back().rows += segment.length;
    else runs.push_back({segment.start, stored_rows, segment.length});
    stored_rows += segment.length;
  }
}

}  // namespace rerank
