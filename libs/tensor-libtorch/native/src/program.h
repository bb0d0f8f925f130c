// A recorded forward pass: a list of commands over numbered slots, run with one plan after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan.h"
#include "weights.h"

namespace rerank {

enum class Opcode { kEmbed, kRmsNorm, kAddRmsNorm, kLinear, kNormAndRotate, kAttention, kSwiglu, kGatherScored, kView, kAddBias };

/// One operation. `slots`: what it makes, then what it reads; of one that works in place, what it changes.
///   embed           out                       table
///   rmsNorm         out, x                    weight, eps
///   addRmsNorm      out, residual, delta      weight, eps; residual is updated in place
///   linear          out, x                    weight
///   normAndRotate   x (in place)              weight, eps, scored_only
///   attention       out, q, k, v              layer, scored_only
///   swiglu          out, [gate | up]
///   gatherScored    out, x
///   view            out, x                    first, columns
///   addBias         x (in place)              weight
struct Command {
  Opcode opcode = Opcode::kView;
  std::vector<size_t> slots;
  std::shared_ptr<const Weight> weight;
  std::shared_ptr<const Table> table;
  float eps = 0;
  bool scored_only = false;
  int64_t layer = 0;
  int64_t first = 0;
  int64_t columns = 0;
  /// On tensors: a kernel of our own serves rows of this shape; and an attention whose tiles have several heads.
  bool fused = false;
  bool packed = false;
  /// Of an attention that norms and rotates its keys first, with `eps`; and its queries.
  std::shared_ptr<const Weight> query_norm, key_norm;
  /// Of a product: the slot that it adds its rows to, instead of making rows.
  std::optional<size_t> adds_to;
  /// What this command would do, or add, another one does that it was joined with.
  bool joined = false;

  /// Of `slots`: the first one that is read, or the only one.
  size_t first_input() const { return slots.size() > 1 ? 1 : 0; }
};

struct Program {
  std::vector<Command> commands;
  size_t slots = 0;
  size_t result = 0;
  bool scored_result = false;  // a row per scored segment, else all rows
  int64_t head_dim = 0;
  std::vector<float> frequencies;  // [head_dim / 2]

  /// By slot: in which format its rows are written, the one in which all that read them want them. kF32, where these differ, is
  /// the dtype of the pass on tensors.
  std::vector<Format> formats;
  /// By slot: the last command that uses it or a view of the same memory; for the result one that is not there.
  std::vector<size_t> last_use;
  /// By command: the slots whose last use it is.
  std::vector<std::vector<size_t>> ended;

  int64_t result_rows(const Plan& plan) const {
    return scored_result ? static_cast<int64_t>(plan.scored_rows.size()) : plan.rows();
  }
};

/// The operation of this name. Throws InvalidArgument when there is none.
Opcode OpcodeNamed(const std::string& name);

/// In which format a command reads its rows, when what it makes is wanted in `made`; of products the weight says it.
using Reads = Format (*)(const Command& command, Format made);

/// Whether a command makes a view of what it reads, in a program whose formats are known.
using MakesView = bool (*)(const Program& program, const Command& command);

/// Checks a program that is to run, and finds its formats and which slots end when. Throws InvalidArgument when a command has not
/// what it needs, or names a slot that is not there.
void Analyse(Program& program, Reads reads, MakesView makes_view);

}  // namespace rerank
