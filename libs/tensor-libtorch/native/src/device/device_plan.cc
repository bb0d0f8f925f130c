#include "device_plan.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "../errors.h"

namespace rerank {
namespace {

using Integers = std::vector<int32_t>;

constexpr size_t kAligned = 4;  // integers: kernels read vectors of 16 bytes

// Integers of many index tensors in one upload.
class Upload {
 public:
  // `place` becomes a view of the integers once they are sent; those beyond `values` are `filling`.
  void Add(at::Tensor& place, const Integers& values, int64_t count, int32_t filling) {
    const size_t first = host_.size();
    pieces_.push_back({&place, static_cast<int64_t>(first), count});
    host_.insert(host_.end(), values.begin(), values.end());
    host_.resize(first + static_cast<size_t>(count), filling);
    while (host_.size() % kAligned != 0) host_.push_back(0);
  }

  // Into `integers`, which is made when it is not there.
  void Send(at::Tensor& integers, const Placement& placement) {
    const auto options = at::TensorOptions().dtype(at::kInt);
    const int64_t count = static_cast<int64_t>(host_.size());
    const at::Tensor staged = at::empty({count}, options.pinned_memory(placement.device.is_cuda()));
    std::memcpy(staged.data_ptr(), host_.data(), host_.size() * sizeof(int32_t));
    if (!integers.defined()) integers = at::empty({count}, options.device(placement.device));
    integers.copy_(staged, /*non_blocking=*/true);
    for (const Piece& piece : pieces_) *piece.place = integers.narrow(0, piece.first, piece.count);
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

std::vector<at::Tensor> KeptOf(const Plan& plan) {
  std::vector<at::Tensor> kept;
  for (const Segment& segment : plan.segments) {
    if (segment.kept == nullptr) continue;
    kept.push_back(static_cast<const TensorKeyValues&>(*segment.kept).values);
    if (!kept.back().defined()) throw InvalidArgument("a kept segment was never stored");
  }
  return kept;
}

std::shared_ptr<TensorKeyValues> StoreOf(const Segment& segment) { return std::static_pointer_cast<TensorKeyValues>(segment.store); }

at::Tensor Joined(const std::vector<at::Tensor>& kept) {
  if (kept.empty()) return {};
  return kept.size() == 1 ? kept[0] : at::cat(kept, 2);
}

// The indices of sequences, on the host.
struct Arranged {
  Integers key_index;
  Integers cumulative_queries{0};
  Integers cumulative_keys{0};
};

Arranged Arrange(const Plan& plan, const std::vector<int64_t>& sources, bool scored_only, std::vector<Sequence>& list) {
  Arranged arranged;
  const auto add_keys = [&](size_t segment) {
    const int64_t count = plan.segments[segment].length;
    for (int64_t key = 0; key < count; ++key) arranged.key_index.push_back(static_cast<int32_t>(sources[segment] + key));
  };
  int64_t queries_before = 0;
  for (size_t index = 0; index < plan.segments.size(); ++index) {
    const Segment& segment = plan.segments[index];
    if (segment.kept != nullptr || (scored_only && segment.scored_row < 0)) continue;
    Sequence sequence;
    sequence.first_query = queries_before;
    sequence.queries = scored_only ? 1 : segment.length;
    sequence.first_key = static_cast<int64_t>(arranged.key_index.size());
    sequence.keys = segment.prefix_keys + segment.length;
    for (const int64_t ancestor : segment.ancestors) add_keys(static_cast<size_t>(ancestor));
    add_keys(index);
    queries_before += sequence.queries;
    arranged.cumulative_queries.push_back(static_cast<int32_t>(queries_before));
    arranged.cumulative_keys.push_back(static_cast<int32_t>(arranged.key_index.size()));
    list.push_back(sequence);
  }
  return arranged;
}

bool AreRowsThemselves(const Integers& key_index, int64_t rows) {
  if (static_cast<int64_t>(key_index.size()) != rows) return false;
  for (size_t key = 0; key < key_index.size(); ++key) {
    if (key_index[key] != static_cast<int32_t>(key)) return false;
  }
  return true;
}

// Sequences without queries and keys fill up to `count`: flash attention has nothing to do for them.
void AddSequences(Upload& upload, Sequences& sequences, const Arranged& arranged, int64_t count, int64_t keys) {
  upload.Add(sequences.cumulative_queries, arranged.cumulative_queries, count + 1, arranged.cumulative_queries.back());
  upload.Add(sequences.cumulative_keys, arranged.cumulative_keys, count + 1, arranged.cumulative_keys.back());
  if (keys > 0) upload.Add(sequences.key_index, arranged.key_index, keys, 0);
}

// Which row each stored one is, and where each row is stored.
struct StoredRows {
  Integers from;
  Integers places;
};

// `in_place`: each in its own place, with room between them.
StoredRows ArrangeStored(const Plan& plan, bool in_place, std::vector<StoredSegment>& segments) {
  StoredRows rows{{}, Integers(static_cast<size_t>(plan.rows()), -1)};
  for (const Segment& segment : plan.segments) {
    if (segment.store == nullptr) continue;
    const auto start = static_cast<size_t>(segment.start), length = static_cast<size_t>(segment.length);
    const size_t first = in_place ? start : rows.from.size();
    segments.push_back({StoreOf(segment), static_cast<int64_t>(first), segment.length});
    rows.from.resize(std::max(first + length, rows.from.size()));
    for (size_t row = 0; row < length; ++row) {
      rows.from[first + row] = static_cast<int32_t>(start + row);
      rows.places[start + row] = static_cast<int32_t>(first + row);
    }
  }
  return rows;
}

}  // namespace

DevicePlan::DevicePlan(const Plan& plan, const Placement& placement) : head_dim(plan.head_dim), kept(Joined(KeptOf(plan))) {
  at::Tensor integers;
  UploadIndices(plan, SizeOf(plan), /*in_place=*/false, integers, placement);
}

DevicePlan::DevicePlan(const Plan& plan, const PassSize& size, const Placement& placement, PlanMemory& memory)
    : head_dim(plan.head_dim) {
  UploadIndices(plan, size, /*in_place=*/true, memory.integers, placement);
  if (size.kept_rows > 0) kept = memory.kept.narrow(2, 0, size.kept_rows);
  int64_t row = 0;
  for (const at::Tensor& segment : KeptOf(plan)) {
    kept.narrow(2, row, segment.size(2)).copy_(segment);
    row += segment.size(2);
  }
  if (size.stores) stored = memory.stored.narrow(2, 0, size.rows);
}

void DevicePlan::UploadIndices(const Plan& plan, const PassSize& size, bool in_place, at::Tensor& integers,
                               const Placement& placement) {
  const std::vector<int64_t> sources = KeySources(plan, size.kept_rows);
  const Arranged every = Arrange(plan, sources, false, all.list), last = Arrange(plan, sources, true, scored.list);
  const Integers rows(plan.scored_rows.begin(), plan.scored_rows.end());
  const auto keys_of = [&](const Arranged& arranged, int64_t keys) {
    return !in_place && AreRowsThemselves(arranged.key_index, plan.rows()) ? 0 : keys;
  };
  Upload upload;
  upload.Add(ids, plan.ids, size.rows, 0);
  upload.Add(row_positions, plan.positions, size.rows, 0);
  upload.Add(scored_rows, rows, size.scored, 0);
  upload.Add(scored_positions, plan.scored_positions, size.scored, 0);
  if (size.stores) {
    const StoredRows kept = ArrangeStored(plan, in_place, stored_segments);
    stored_rows = in_place ? size.rows : static_cast<int64_t>(kept.from.size());
    upload.Add(places, kept.places, size.rows, -1);
    upload.Add(stored_from, kept.from, stored_rows, 0);
  }
  AddSequences(upload, all, every, size.sequences, keys_of(every, size.keys));
  AddSequences(upload, scored, last, size.scored, keys_of(last, size.scored_keys));
  upload.Send(integers, placement);
  all.max_queries = size.longest;
  all.max_keys = scored.max_keys = size.longest_keys;
  scored.max_queries = 1;
}

}  // namespace rerank
