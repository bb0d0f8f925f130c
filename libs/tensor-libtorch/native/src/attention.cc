#include "attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>

namespace rerank {
namespace {

// Query rows of a task. Larger ones compute more keys that the causal mask hides; smaller ones reload the keys more often.
constexpr int64_t kChunkRows = 48;

// Packed keys and values of one segment and key head.
struct Panel {
  const float* keys;
  const float* values;
  int64_t count;
};

struct Task {
  const Segment* segment;
  int64_t first;  // first query row within the segment
  int64_t rows;
  int64_t head;   // key head
};

// Keys that each query row of a task sees: of an ancestor all, of the own segment those up to itself.
struct Visible {
  std::vector<int64_t> own, all, ancestor;

  void Set(const Task& task, int64_t rows, int64_t prefix_keys) {
    own.assign(static_cast<size_t>(rows), task.first + task.rows);
    for (int64_t r = 0; task.rows > 1 && r < rows; ++r) own[static_cast<size_t>(r)] = task.first + r + 1;
    all = own;
    for (int64_t& count : all) count += prefix_keys;
    ancestor.resize(static_cast<size_t>(rows));
  }

  const int64_t* Of(int64_t count, int64_t column, int64_t prefix_keys) {
    if (column == prefix_keys) return own.data();
    std::fill(ancestor.begin(), ancestor.end(), count);
    return ancestor.data();
  }
};

// Runs tasks of uneven length on all threads: each takes the next one when it is done.
template <typename Function>
void ForEach(size_t count, const Function& function) {
  std::atomic<size_t> next{0};
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
    for (size_t index = next++; index < count; index = next++) function(index);
  });
}

class Attention {
 public:
  Attention(const Plan& plan, const Heads& heads, int64_t layer, bool scored_only, const Matrix& out)
      : plan_(plan), heads_(heads), layer_(layer), scored_only_(scored_only), out_(out),
        head_dim_(plan.head_dim), key_heads_(heads.k.columns / plan.head_dim),
        group_(heads.q.columns / heads.k.columns) {}

  /// Packs keys and values of the computed segments, into their store where they have one.
  void Pack(Arena& arena) {
    scratch_ = arena.Take(ScratchFloats() * static_cast<int64_t>(sizeof(float)));
    panels_.resize(plan_.segments.size() * static_cast<size_t>(key_heads_));
    float* free = scratch_.as<float>();
    for (size_t index = 0; index < plan_.segments.size(); ++index) {
      for (int64_t head = 0; head < key_heads_; ++head) panel(index, head) = Place(plan_.segments[index], head, free);
    }
    ForEach(panels_.size(), [&](size_t index) {
      const Segment& segment = plan_.segments[index / static_cast<size_t>(key_heads_)];
      const int64_t head = static_cast<int64_t>(index) % key_heads_;
      if (segment.kept != nullptr) return;
      PackKeys(Rows(heads_.k, segment, head), const_cast<float*>(panels_[index].keys));
      PackValues(Rows(heads_.v, segment, head), const_cast<float*>(panels_[index].values));
    });
  }

  void Run() {
    const std::vector<Task> tasks = Tasks();
    ForEach(tasks.size(), [&](size_t index) { RunTask(tasks[index]); });
  }

 private:
  Panel& panel(size_t segment, int64_t head) {
    return panels_[segment * static_cast<size_t>(key_heads_) + static_cast<size_t>(head)];
  }

  int64_t ScratchFloats() const {
    int64_t floats = 0;
    for (const Segment& segment : plan_.segments) {
      if (segment.kept == nullptr && segment.store == nullptr) floats += key_heads_ * Floats(segment);
    }
    return floats;
  }

  int64_t Floats(const Segment& segment) const {
    const KeyValueSize size{1, segment.length, 1, head_dim_};
    return size.key_floats() + size.value_floats();
  }

  Panel Place(const Segment& segment, int64_t head, float*& free) const {
    KeyValues* held = segment.kept != nullptr ? segment.kept.get() : segment.store.get();
    if (held != nullptr) {
      if (segment.store != nullptr) held->Reserve(key_heads_, head_dim_);
      return {held->keys(layer_, head), held->values(layer_, head), segment.length};
    }
    const KeyValueSize size{1, segment.length, 1, head_dim_};
    const Panel placed{free, free + size.key_floats(), segment.length};
    free += Floats(segment);
    return placed;
  }

  Matrix Rows(const Matrix& x, const Segment& segment, int64_t head) const {
    return {x.row(segment.start) + head * head_dim_, segment.length, head_dim_, x.stride};
  }

  std::vector<Task> Tasks() const {
    std::vector<Task> tasks;
    for (const Segment& segment : plan_.segments) {
      if (segment.kept != nullptr || (scored_only_ && segment.scored_row < 0)) continue;
      const int64_t begin = scored_only_ ? segment.length - 1 : 0;
      for (int64_t first = begin; first < segment.length; first += kChunkRows) {
        const int64_t rows = std::min(kChunkRows, segment.length - first);
        for (int64_t head = 0; head < key_heads_; ++head) tasks.push_back({&segment, first, rows, head});
      }
    }
    return tasks;
  }

  void RunTask(const Task& task) {
    const int64_t stored_row = scored_only_ ? task.segment->scored_row : task.segment->start + task.first;
    if (task.rows == 1) {
      // The query heads of one row lie side by side: they are the rows of one small matrix.
      const int64_t column = task.head * group_ * head_dim_;
      return RunRows(task, {heads_.q.row(stored_row) + column, group_, head_dim_, head_dim_},
                     {out_.row(stored_row) + column, group_, head_dim_, head_dim_});
    }
    for (int64_t member = 0; member < group_; ++member) {
      const int64_t column = (task.head * group_ + member) * head_dim_;
      RunRows(task, {heads_.q.row(stored_row) + column, task.rows, head_dim_, heads_.q.stride},
              {out_.row(stored_row) + column, task.rows, head_dim_, out_.stride});
    }
  }

  // Every query row sees the ancestors' keys, and the own keys up to itself.
  void RunRows(const Task& task, const Matrix& queries, const Matrix& out) {
    const int64_t prefix_keys = task.segment->prefix_keys;
    thread_local Visible visible;
    visible.Set(task, queries.rows, prefix_keys);
    const int64_t stride = Panels(prefix_keys + task.first + task.rows) * kPanel + kPanel;
    thread_local std::vector<float> scores;
    scores.resize(static_cast<size_t>(queries.rows * stride));
    const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim_));
    const VectorLoops& loops = Loops();
    const RowBlock asked{queries.data, queries.rows, queries.stride};
    ForEachPiece(task, [&](const Panel& piece, int64_t column) {
      loops.score_keys(asked, head_dim_, piece.keys, scale, visible.Of(piece.count, column, prefix_keys), scores.data() + column, stride);
    });
    loops.softmax(scores.data(), stride, queries.rows, visible.all.data());
    for (int64_t r = 0; r < out.rows; ++r) std::fill(out.row(r), out.row(r) + out.columns, 0.0f);
    ForEachPiece(task, [&](const Panel& piece, int64_t column) {
      const RowBlock weights{scores.data() + column, queries.rows, stride};
      loops.mix_values(weights, visible.Of(piece.count, column, prefix_keys), piece.values, piece.count, out.data, out.columns, out.stride);
    });
  }

  // The ancestors' keys, then the own ones, with the column of the scores where each begins.
  template <typename Function>
  void ForEachPiece(const Task& task, const Function& function) {
    int64_t column = 0;
    for (const int64_t ancestor : task.segment->ancestors) {
      const Panel& piece = panel(static_cast<size_t>(ancestor), task.head);
      function(piece, column);
      column += piece.count;
    }
    function(panel(static_cast<size_t>(task.segment - plan_.segments.data()), task.head), column);
  }

  const Plan& plan_;
  const Heads& heads_;
  const int64_t layer_;
  const bool scored_only_;
  const Matrix out_;
  const int64_t head_dim_;
  const int64_t key_heads_;
  const int64_t group_;
  Buffer scratch_;
  std::vector<Panel> panels_;
};

}  // namespace

void Attend(const Plan& plan, const Heads& heads, int64_t layer, bool scored_only, Arena& arena, const Matrix& out) {
  Attention attention(plan, heads, layer, scored_only, out);
  attention.Pack(arena);
  attention.Run();
}

}  // namespace rerank
