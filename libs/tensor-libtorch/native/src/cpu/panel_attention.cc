#include <cmath>

#include "kernels.h"
#include "packed_segments.h"

namespace rerank {
namespace {

// Query rows of a task. Larger ones compute more keys that the causal mask hides; smaller ones reload the keys more often.
constexpr int64_t kTaskRows = 48;

// Packed keys and values of one segment and key head.
struct Panel {
  float* keys;
  float* values;
  int64_t count;
};

struct Task : RowTask {
  int64_t head;  // key head
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

class PanelAttention {
 public:
  PanelAttention(const Attending& attending, Arena& arena)
      : plan_(attending.plan), attending_(attending), head_dim_(plan_.head_dim), key_heads_(attending.key_heads()),
        group_(attending.group()), packed_(attending, arena) {}

  void Pack() {
    ForEachTask(static_cast<int64_t>(plan_.segments.size()) * key_heads_, [&](int64_t index) {
      const Segment& segment = plan_.segments[static_cast<size_t>(index / key_heads_)];
      if (segment.kept != nullptr) return;
      const int64_t head = index % key_heads_;
      const Panel panel = PanelOf(index / key_heads_, head);
      PackKeys(Rows(attending_.heads.k, segment, head), panel.keys);
      PackValues(Rows(attending_.heads.v, segment, head), panel.values);
    });
  }

  void Run() {
    const std::vector<RowTask> tasks = RowTasks(plan_, attending_.scored_only, kTaskRows);
    ForEachTask(static_cast<int64_t>(tasks.size()) * key_heads_, [&](int64_t index) {
      RunTask({tasks[static_cast<size_t>(index / key_heads_)], index % key_heads_});
    });
  }

 private:
  Panel PanelOf(int64_t segment, int64_t head) const {
    const KeyValueSize size = packed_.size(segment);
    uint8_t* keys = packed_.of(segment) + head * size.head_bytes();
    return {reinterpret_cast<float*>(keys), reinterpret_cast<float*>(keys + size.key_bytes()), size.tokens};
  }

  Matrix Rows(const Matrix& x, const Segment& segment, int64_t head) const {
    return {x.row(segment.start) + head * head_dim_, segment.length, head_dim_, x.stride};
  }

  void RunTask(const Task& task) {
    const Matrix& q = attending_.heads.q;
    const Matrix out = attending_.out.matrix();
    if (task.rows == 1) {
      // The query heads of one row lie side by side: they are the rows of one small matrix.
      const int64_t column = task.head * group_ * head_dim_;
      return RunRows(task, {q.row(task.stored) + column, group_, head_dim_, head_dim_},
                     {out.row(task.stored) + column, group_, head_dim_, head_dim_});
    }
    for (int64_t member = 0; member < group_; ++member) {
      const int64_t column = (task.head * group_ + member) * head_dim_;
      RunRows(task, {q.row(task.stored) + column, task.rows, head_dim_, q.stride},
              {out.row(task.stored) + column, task.rows, head_dim_, out.stride});
    }
  }

  // Every query row sees the ancestors' keys, and the own keys up to itself.
  void RunRows(const Task& task, const Matrix& queries, const Matrix& out) {
    const int64_t prefix_keys = plan_.segments[static_cast<size_t>(task.segment)].prefix_keys;
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
    for (const int64_t ancestor : plan_.segments[static_cast<size_t>(task.segment)].ancestors) {
      const Panel piece = PanelOf(ancestor, task.head);
      function(piece, column);
      column += piece.count;
    }
    function(PanelOf(task.segment, task.head), column);
  }

  const Plan& plan_;
  const Attending& attending_;
  const int64_t head_dim_;
  const int64_t key_heads_;
  const int64_t group_;
  const PackedSegments packed_;
};

}  // namespace

void AttendInPanels(const Attending& attending, Arena& arena) {
  PanelAttention attention(attending, arena);
  attention.Pack();
  attention.Run();
}

}  // namespace rerank
